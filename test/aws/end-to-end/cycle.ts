import { MANAGER_QUEUE, type ManagerMark, managerKey } from '../../../core/records/app.ts';
import { type Dyno, dynoKey } from '../../../core/records/dyno.ts';
import { until } from '../../platform/until.ts';
import { stored } from '../../stored.ts';
import type { World } from './world.ts';

/**
 * Pretends that a dyno was started a day ago: sets its cycle, and the pass that the manager has planned for it in the app's
 * mark, to now. Requests no pass: the next tick finds it.
 */
export async function beforeItsTime(world: World, name: string): Promise<void> {
  const store = await world.installation.store();
  const app = JSON.parse(await world.heroku('apps:info --json')) as { readonly app: { readonly id: string } };
  const appId = app.app.id;
  const id = (await world.dynos()).find((dyno) => dyno.name === name)?.id ?? 'none';
  await until('the table to be left alone for a moment', async () => {
    const dyno = await stored<Dyno>(store, dynoKey(appId, id));
    const mark = await stored<ManagerMark>(store, managerKey(appId));
    if (dyno === undefined || mark === undefined) throw new Error(`${name} is not in the table`);
    const atMs = Date.now();
    const { ok } = await store.transact([
      { kind: 'put', key: dynoKey(appId, id), value: { ...dyno.value, cycleAtMs: atMs }, expect: dyno.version },
      {
        kind: 'put',
        key: managerKey(appId),
        value: { ...mark.value, lookAtMs: atMs },
        expect: mark.version,
        due: { queue: MANAGER_QUEUE, atMs },
      },
    ]);
    return ok;
  });
}
