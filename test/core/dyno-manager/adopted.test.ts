import { appKey } from '../../../core/records/app.ts';
import { dynoKey } from '../../../core/records/dyno.ts';
import { APP_ID, World } from './world.ts';

const SECOND = 1_000;

/** A runtime whose tasks outlive the platform: containers, or ECS. */
let world: World;
beforeEach(async () => {
  world = new World();
  await world.createApp();
  await world.deploy({ web: 'web', worker: 'worker' });
  await world.scale({ web: 2, worker: 1 });
  await world.time.advance(5 * SECOND);
});
afterEach(() => {
  expect(world.violations).toEqual([]);
  expect(world.time.failures).toEqual([]);
  world.close();
});

const liveTasks = () => world.runtime.live().map(({ taskRef }) => taskRef);

/** Another platform process: it knows what the store and the runtime know. */
async function nextPlatform(): Promise<void> {
  world.newManager();
  world.routes = undefined;
  await world.manager.publishAll();
  await world.manager.recover();
  await world.time.advance(60 * SECOND);
}

test('a platform that comes back takes its dynos over: none is started, stopped or announced', async () => {
  const tasks = liveTasks();
  const logged = world.lines.length;
  await nextPlatform();
  expect(liveTasks()).toEqual(tasks);
  expect(world.lines.slice(logged)).toEqual([]);
  expect(await world.states()).toEqual(['web.1 up v1', 'web.2 up v1', 'worker.1 up v1']);
  expect(world.routes?.dynos.map(({ name }) => name)).toEqual(['web.1', 'web.2']);
});

test('requests are routed to them before anything else is done', async () => {
  world.newManager();
  world.routes = undefined;
  await world.manager.publishAll();
  expect(world.routes).toMatchObject({ situation: 'serving', dynos: [{ name: 'web.1' }, { name: 'web.2' }] });
});

test('what crashed while nobody looked is told, and started again', async () => {
  const tasks = liveTasks();
  world.runtime.forgetListeners();
  world.runtime.exit('worker.1', 7);
  const logged = world.lines.length;
  await nextPlatform();
  expect(world.lines.slice(logged).map(({ process, message }) => `${process} ${message}`)).toEqual([
    'worker.1 Process exited with status 7',
    'worker.1 State changed from up to crashed',
    'worker.1 State changed from crashed to starting',
    'worker.1 Starting process with command `worker`',
    'worker.1 State changed from starting to up',
  ]);
  expect(liveTasks().filter((taskRef) => tasks.includes(taskRef))).toHaveLength(2);
  expect(liveTasks()).toHaveLength(3);
});

test('a stop that the old platform had asked for is seen to its end by the next one', async () => {
  await world.deploy({ web: 'deaf-web', worker: 'worker' });
  await world.time.advance(60 * SECOND);
  await world.scale({ web: 1 });
  await world.time.advance(SECOND);
  expect(liveTasks()).toHaveLength(3);
  const logged = world.lines.length;
  await nextPlatform();
  expect(liveTasks()).toHaveLength(2);
  expect(world.lines.slice(logged).map(({ process, message }) => `${process} ${message}`)).toEqual([
    'web.2 Error R12 (Exit timeout) -> At least one process failed to exit within 30 seconds of SIGTERM',
    'web.2 Stopping remaining processes with SIGKILL',
    'web.2 Process exited with status 137',
  ]);
});

test('tasks of an app that is no more are ended once the runtime speaks of them', async () => {
  const keys = [appKey(APP_ID), ...(await world.dynos()).map(({ id }) => dynoKey(APP_ID, id))];
  await world.store.transact(keys.map((key) => ({ kind: 'delete', key, expect: 'any' })));
  // The records are gone, and with them their causes: this world's rule about causes does not apply.
  world.runtime.onStop = () => undefined;
  world.newManager();
  world.runtime.emit({ kind: 'task', appId: APP_ID, dynoId: 'whoever' });
  await world.time.advance(60 * SECOND);
  expect(world.runtime.live()).toEqual([]);
});
