import { appKey } from '../../../core/records/app.ts';
import { killPoints } from '../../kill-points.ts';
import { APP_ID, World } from './world.ts';

const SECOND = 1_000;

/** Uses everything that a manager does; ends with the deleted app. */
async function life(world: World): Promise<void> {
  await world.createApp();
  await world.deploy({ web: 'web', worker: 'worker' });
  await world.scale({ web: 3, worker: 1 });
  await world.time.advance(SECOND);
  await world.run('job');
  await world.deploy({ web: 'slow-exit', worker: 'worker', release: 'release-good' });
  await world.time.advance(10 * SECOND);
  await world.scale({ web: 1 });
  await world.restart('worker');
  await world.time.advance(SECOND);
  world.runtime.exit('web.1', 1);
  await world.time.advance(60 * SECOND);
  await converged(world);
  await world.remove();
  await world.time.advance(60 * SECOND);
}

async function converged(world: World): Promise<void> {
  expect(await world.states()).toEqual(['web.1 up v2', 'worker.1 up v2']);
  expect(await world.dynos()).toHaveLength(2);
  expect(world.runtime.live().map(({ spec }) => spec.name)).toHaveLength(2);
  expect(world.routes?.dynos.map(({ dynoId }) => dynoId)).toEqual([world.runtime.named('web.1').dynoId]);
  expect(world.completions).toEqual(['v2 succeeded']);
}

test('a platform that is killed at any moment leaves nothing that the next one does not finish', async () => {
  const whole = new World();
  await life(whole);
  whole.close();
  expect(whole.takeovers).toBe(0);
  expect(whole.points).toBeGreaterThan(80);

  for (const killAt of killPoints(whole.points)) {
    const world = new World();
    world.killAt = killAt;
    await life(world);
    const { takeovers, violations, time } = world;
    expect({ killAt, takeovers, violations, failures: time.failures }).toEqual({
      killAt,
      takeovers: 1,
      violations: [],
      failures: [],
    });
    expect(world.runtime.live()).toEqual([]);
    expect(await world.store.get(appKey(APP_ID))).toBeUndefined();
    world.close();
  }
});
