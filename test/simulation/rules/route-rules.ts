import type { AppRoutes } from '../../../core/records/app-routes.ts';
import type { Dyno } from '../../../core/records/dyno.ts';
import { dynoKey } from '../../../core/records/dyno.ts';
import { type Rollouts, rolloutsKey } from '../../../core/records/rollout.ts';
import { MINUTE_MS } from '../../../core/time.ts';
import type { World } from '../world.ts';
import type { Rules } from './rules.ts';

/** Some tasks could not be seen: whatever runs stays routed for a while. */
const PARTIAL_MS = 3 * MINUTE_MS;
/** More dynos of an app than fit into the writes of one pass change over in several. */
const DYNOS_PER_PASS = 45;

export function judgeRoutes(world: World, rules: Rules, { appId, dynos }: AppRoutes): void {
  const versions = new Set<number>();
  for (const { dynoId, name } of dynos) {
    const record = world.store.get<Dyno>(dynoKey(appId, dynoId))?.value;
    if (record === undefined) {
      // Another process may have deleted it after this one wrote its plan; its routes follow, with a higher version.
      continue;
    }
    versions.add(record.releaseVersion);
    if (record.kind !== 'formation' || record.type !== 'web') {
      rules.break(
        'only web dynos of the formation are routed',
        `${name} of ${appId} is a ${record.kind} ${record.type}`,
      );
    }
  }
  if (versions.size < 2) return;
  const app = world.app(appId);
  if (app === undefined) return;
  // One quarter after the other: both generations serve until the last one has changed.
  if (world.store.get<Rollouts>(rolloutsKey(appId))?.value.web?.mode === 'rolling') return;
  const total = app.formation?.reduce((sum, { quantity }) => sum + quantity, 0) ?? 0;
  const partialAtMs = rules.partialAtMs.get(appId) ?? Number.NEGATIVE_INFINITY;
  if (total > DYNOS_PER_PASS || world.agenda.nowMs - partialAtMs < PARTIAL_MS) return;
  rules.break('never two routable generations', `${appId} routes to v${[...versions].join(' and v')}`);
}
