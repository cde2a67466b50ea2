import { done, type Reconciler, type ReconcilerQueue } from '../../../core/reconcile/reconciler.ts';
import type { BuildsParts } from './builds-parts.ts';
import { BUILDS_QUEUE } from './queued-build.ts';
import { startWaiting } from './start-waiting.ts';

/** Orders compete for the same room, so one pass covers all of them. */
export const ALL_BUILDS = 'all';

export const WAITING_BUILDS: ReconcilerQueue = {
  name: 'builds',
  failure: 'could not start the waiting builds',
  queue: BUILDS_QUEUE,
  idOf: () => ALL_BUILDS,
};

/** Builds that wait for room on CodeBuild, must be stopped or were lost. */
export const waitingBuilds = (parts: BuildsParts): Reconciler => ({
  ...WAITING_BUILDS,
  async pass(_all, { deadlineMs = Number.POSITIVE_INFINITY }) {
    await startWaiting(parts, deadlineMs);
    return done(Number.POSITIVE_INFINITY);
  },
});
