import { World } from './world.ts';

const SECOND = 1_000;

let world: World;
beforeEach(async () => {
  world = new World();
  await world.createApp();
  await world.deploy({ web: 'web', worker: 'worker' });
});
afterEach(() => {
  expect(world.violations).toEqual([]);
  world.close();
});

const told = () =>
  world.events
    .splice(0)
    .map(({ entity, action, data }) =>
      [entity, action, 'name' in data && data.name, 'state' in data && data.state].join(' '),
    );

test('a dyno is told of when it is made, when its state changes, and when it has ended', async () => {
  await world.scale({ web: 1 });
  await world.time.advance(SECOND);
  expect(told()).toEqual(['dyno create web.1 starting', 'dyno update web.1 up']);
  await world.scale({ web: 0 });
  await world.time.advance(60 * SECOND);
  expect(told()).toEqual(['dyno update web.1 stopping', 'dyno update web.1 down']);
});

test('a crash is told of', async () => {
  await world.scale({ worker: 1 });
  await world.time.advance(SECOND);
  told();
  world.runtime.exit('worker.1', 1);
  await world.time.advance(SECOND);
  expect(told()).toEqual(['dyno update worker.1 crashed', 'dyno create worker.1 starting', 'dyno update worker.1 up']);
  world.runtime.exit('worker.1', 1);
  await world.time.advance(SECOND);
  expect(told()).toEqual(['dyno update worker.1 crashed']);
});
