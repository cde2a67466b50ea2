import { APP_ID, World } from './world.ts';

/** Heroku's sequences of log lines, byte for byte (Dev Center: Error Codes, Dyno Shutdown Behavior; live logs). */
let world: World;
beforeEach(async () => {
  world = new World();
  await world.createApp();
});
afterEach(() => world.close());

const running = async (commands: Readonly<Record<string, string>>, quantities: Readonly<Record<string, number>>) => {
  await world.deploy(commands);
  await world.scale(quantities);
  await world.time.advance(1_000);
};
const since = (name: string, before: number) => world.log(name).slice(before);

test('first boot of a web dyno', async () => {
  await running({ web: 'web' }, { web: 1 });
  expect(world.log('web.1')).toEqual([
    'State changed from created to starting',
    'Starting process with command `web`',
    'State changed from starting to up',
  ]);
  expect(world.lines.every(({ source, appId }) => source === 'heroku' && appId === APP_ID)).toBe(true);
});

test.each([
  { name: 'restart', act: () => world.restart('*'), first: 'Restarting' },
  { name: 'new release', act: () => world.deploy({ web: 'web' }), first: 'Restarting' },
  { name: 'resize', act: () => world.scale({}, 'Standard-2X'), first: 'Restarting' },
  { name: 'daily cycle of a worker', type: 'worker', act: () => world.time.advance(28 * 3_600_000), first: 'Cycling' },
])('$name', async ({ type = 'web', act, first }) => {
  await running({ [type]: type }, { [type]: 1 });
  const before = world.log(`${type}.1`).length;
  await act();
  await world.time.advance(1_000);
  expect(since(`${type}.1`, before)).toEqual([
    first,
    'State changed from up to starting',
    'Stopping all processes with SIGTERM',
    'Process exited with status 143',
    `Starting process with command \`${type}\``,
    'State changed from starting to up',
  ]);
});

test.each([
  { name: 'restart of one web dyno', act: () => world.restart('web.1'), first: 'Restarting' },
  { name: 'daily cycle of a web dyno', act: () => world.time.advance(28 * 3_600_000), first: 'Cycling' },
])('$name: the same lines, the replacement first', async ({ act, first }) => {
  await running({ web: 'web' }, { web: 1 });
  const before = world.log('web.1').length;
  await act();
  await world.time.advance(1_000);
  expect(since('web.1', before)).toEqual([
    first,
    'State changed from up to starting',
    'Starting process with command `web`',
    'State changed from starting to up',
    'Stopping all processes with SIGTERM',
    'Process exited with status 143',
  ]);
});

test('a crash, and its first restart at once', async () => {
  await running({ web: 'web' }, { web: 1 });
  const before = world.log('web.1').length;
  world.runtime.exit('web.1', 1);
  await world.time.advance(1_000);
  expect(since('web.1', before)).toEqual([
    'Process exited with status 1',
    'State changed from up to crashed',
    'State changed from crashed to starting',
    'Starting process with command `web`',
    'State changed from starting to up',
  ]);
});

test('a worker that exits before anybody looked', async () => {
  await running({ worker: 'crashes-at-once' }, { worker: 1 });
  expect(world.log('worker.1')).toEqual([
    'State changed from created to starting',
    'Starting process with command `crashes-at-once`',
    'State changed from starting to up',
    'Process exited with status 1',
    'State changed from up to crashed',
    'State changed from crashed to starting',
    'Starting process with command `crashes-at-once`',
    'State changed from starting to up',
    'Process exited with status 1',
    'State changed from up to crashed',
  ]);
});

test('R10, boot timeout', async () => {
  await running({ web: 'never-binds' }, { web: 1 });
  await world.time.advance(60_000);
  expect(world.log('web.1').slice(0, 6)).toEqual([
    'State changed from created to starting',
    'Starting process with command `never-binds`',
    'Error R10 (Boot timeout) -> Web process failed to bind to $PORT within 60 seconds of launch',
    'Stopping process with SIGKILL',
    'Process exited with status 137',
    'State changed from starting to crashed',
  ]);
});

test('R12, exit timeout', async () => {
  await running({ worker: 'deaf' }, { worker: 1 });
  const before = world.log('worker.1').length;
  await world.scale({ worker: 0 });
  await world.time.advance(31_000);
  expect(since('worker.1', before)).toEqual([
    'Stopping all processes with SIGTERM',
    'State changed from up to down',
    'Error R12 (Exit timeout) -> At least one process failed to exit within 30 seconds of SIGTERM',
    'Stopping remaining processes with SIGKILL',
    'Process exited with status 137',
  ]);
});

test('R14, and R15 with its crash', async () => {
  await running({ worker: 'worker' }, { worker: 1 });
  const before = world.log('worker.1').length;
  const { dynoId } = world.runtime.named('worker.1');
  const sample = async (usedMiB: number) => {
    world.runtime.emit({ kind: 'memory', appId: APP_ID, dynoId, usedMiB });
    // The sample is processed outside of virtual time.
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    await world.time.advance(1_000);
  };
  await sample(512);
  await sample(516.6);
  await sample(1_025);
  expect(since('worker.1', before)).toEqual([
    'Process running mem=516M(100.9%)',
    'Error R14 (Memory quota exceeded)',
    'Process running mem=1025M(200.2%)',
    'Error R15 (Memory quota vastly exceeded)',
    'Stopping process with SIGKILL',
    'Process exited with status 137',
    'State changed from up to crashed',
    'State changed from crashed to starting',
    'Starting process with command `worker`',
    'State changed from starting to up',
  ]);
});

test('a crashed dyno gets a new release', async () => {
  await running({ web: 'crashes' }, { web: 1 });
  await world.time.advance(5_000);
  const before = world.log('web.1').length;
  await world.deploy({ web: 'web' });
  await world.time.advance(1_000);
  expect(since('web.1', before)).toEqual([
    'State changed from crashed to starting',
    'Starting process with command `web`',
    'State changed from starting to up',
  ]);
});

describe('one-offs', () => {
  const attach = { terminal: true, columns: 80, rows: 24 };
  beforeEach(() => running({ web: 'web' }, { web: 0 }));

  test('attached', async () => {
    const { name } = await world.run('job', { attach });
    await world.time.advance(1_000);
    expect(world.log(name)).toEqual(['Awaiting client']);
    world.runtime.attachClient(name);
    await world.time.advance(10_000);
    expect(world.log(name)).toEqual([
      'Awaiting client',
      'Starting process with command `job`',
      'State changed from starting to up',
      'Process exited with status 3',
      'State changed from up to complete',
    ]);
    expect(await world.dynos()).toEqual([]);
  });

  test('attached, and no client came: R13', async () => {
    const { name } = await world.run('job', { attach });
    await world.time.advance(31_000);
    expect(world.log(name)).toEqual([
      'Awaiting client',
      'Error R13 (Attach error) -> Failed to attach to process',
      'Process exited with status 128',
      'State changed from starting to complete',
    ]);
  });

  test('attached, and the client left a process that ignores SIGHUP: R16', async () => {
    const { name } = await world.run('worker', { attach });
    await world.time.advance(1_000);
    world.runtime.attachClient(name);
    await world.time.advance(1_000);
    for (let time = 0; time < 3; time += 1) {
      world.runtime.hangUp(name);
      await world.time.advance(5_000);
    }
    expect(world.log(name).slice(3)).toEqual([
      'Client connection closed. Sending SIGHUP to all processes',
      'Client connection closed. Sending SIGHUP to all processes',
      'Client connection closed. Sending SIGHUP to all processes',
      'Error R16 (Detached) -> An attached process is not responding to SIGHUP after its external connection was closed.',
    ]);
  });

  test('detached, a command of several lines', async () => {
    const { name } = await world.run('job\necho done');
    await world.time.advance(1_000);
    world.runtime.exit(name, 0);
    await world.time.advance(1_000);
    expect(world.log(name)).toEqual([
      'Starting process with command `job echo done`',
      'State changed from starting to up',
      'Process exited with status 0',
      'State changed from up to complete',
    ]);
  });

  test.each([
    { name: 'stopped by its user', changes: {}, act: (dyno: { id: string }) => world.stopOneOff(dyno as never) },
    { name: 'at its time to live', changes: { timeToLiveSeconds: 60 }, act: () => world.time.advance(60_000) },
  ])('$name', async ({ changes, act }) => {
    const dyno = await world.run('worker', changes);
    await world.time.advance(1_000);
    const before = world.log(dyno.name).length;
    await act(dyno);
    await world.time.advance(1_000);
    expect(since(dyno.name, before)).toEqual([
      'Stopping all processes with SIGTERM',
      'Process exited with status 143',
      'State changed from up to complete',
    ]);
  });

  test('at the end of its day', async () => {
    const { name } = await world.run('worker');
    await world.time.advance(28 * 3_600_000);
    expect(world.log(name).slice(2)).toEqual([
      'Cycling',
      'Stopping all processes with SIGTERM',
      'Process exited with status 143',
      'State changed from up to complete',
    ]);
  });
});

test('release phase', async () => {
  await world.deploy({ web: 'web', release: 'release-good' });
  await world.time.advance(1_000);
  const name = (await world.dynos())[0]?.name ?? '';
  expect(name).toMatch(/^release\.\d{4}$/);
  await world.time.advance(5_000);
  expect(world.log(name)).toEqual([
    'Starting process with command `release-good`',
    'State changed from starting to up',
    'Process exited with status 0',
    'State changed from up to complete',
  ]);
});
