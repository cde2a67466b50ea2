import { World } from './world.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

let world: World;
beforeEach(async () => {
  world = new World();
  await world.createApp();
});
afterEach(() => {
  expect(world.violations).toEqual([]);
  world.close();
});

async function start(command: string): Promise<void> {
  await world.deploy({ web: command });
  await world.scale({ web: 1 });
  await world.time.advance(10 * SECOND);
}

test.each([
  { name: 'served', program: { listensAfterMs: 100, exitsAfterMs: 2_000, exitStatus: 1 } },
  { name: 'never listened, and was killed for it', program: {} },
])(
  'a dyno that $name and waits after its crash is at no address, and nothing is being stopped',
  async ({ program }) => {
    world.programs.fails = program;
    await start('fails');
    await world.time.advance(4 * MINUTE);
    const [dyno] = await world.dynos();
    expect(dyno?.state).toBe('crashed');
    expect(dyno?.address).toBeUndefined();
    expect(dyno?.stopCause).toBeUndefined();
  },
);

test('a dyno that ends by itself just when it is to be restarted has not crashed', async () => {
  await start('web');
  world.runtime.exit('web.1', 1);
  await world.restart('*');
  await world.time.advance(10 * SECOND);
  const [restarted] = await world.dynos();
  expect(restarted).toMatchObject({ state: 'up', crashCount: 0 });
  // After that its next crash counts as the first: it is restarted at once.
  world.runtime.exit('web.1', 1);
  await world.time.advance(10 * SECOND);
  expect(await world.dynos()).toMatchObject([{ state: 'up', crashCount: 1 }]);
});
