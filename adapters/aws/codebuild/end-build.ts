import type { BuildOutcome } from '../../../core/ports/builder.ts';
import { type BuildsParts, configKey, resultKey } from './builds-parts.ts';
import { type QueuedBuild, queuedBuildKey } from './queued-build.ts';

/** Reports the outcome, then deletes the order: after a failure in between, both are repeated. */
export async function endBuild(
  { store, blobs, outcome }: Pick<BuildsParts, 'store' | 'blobs' | 'outcome'>,
  { appId, buildId }: QueuedBuild,
  result: BuildOutcome,
): Promise<void> {
  await outcome(appId, buildId, result);
  await Promise.all([configKey(buildId), resultKey(buildId)].map((key) => blobs.remove(key)));
  await store.transact([{ kind: 'delete', key: queuedBuildKey(buildId), expect: 'any' }]);
}
