import { managerDirty } from '../../app/update-app.ts';
import { writeEvents } from '../../event/write-events.ts';
import type { Platform } from '../../platform.ts';
import type { DynoRuntime, StartResult } from '../../ports/dyno-runtime.ts';
import { TRANSACTION_WRITES_MAX, type Write } from '../../ports/store.ts';
import type { App } from '../../records/app.ts';
import { type DomainEvent, dynoEvent } from '../../records/domain-event.ts';
import { type Dyno, dynoKey } from '../../records/dyno.ts';
import { type AfterStart, afterStart } from './after-start.ts';
import type { DynoSpecs } from './dyno-spec.ts';
import { logSystemLines } from './system-log.ts';

export interface StartDynos {
  readonly platform: Platform;
  readonly runtime: DynoRuntime;
  readonly app: App;
  readonly specs: DynoSpecs;
  /** Dynos whose start was not yet requested with this attempt. */
  readonly unasked: ReadonlySet<string>;
  /** The current version of each record. */
  readonly versions: ReadonlyMap<string, number>;
  /** True: begin no new starts; the intent shows the next pass what is missing. */
  isLate(): boolean;
}

interface Answered extends AfterStart {
  readonly before: Dyno;
  readonly failed: boolean;
}

/**
 * Starts all dynos concurrently and records the answers together. Throws if the runtime threw: such a start may have happened, so
 * its record keeps the attempt and the next pass repeats it.
 */
export async function startDynos(context: StartDynos, dynos: readonly Dyno[]): Promise<void> {
  const settled = await inTurns(dynos, context, (dyno) => start(context, dyno));
  const answered = settled.flatMap((one) => (one.status === 'fulfilled' && one.value !== undefined ? [one.value] : []));
  await record(context, answered);
  const broken = settled.find((one) => one.status === 'rejected');
  if (broken !== undefined) throw broken.reason;
}

/** Enough concurrent starts to keep the runtime busy; without a deadline a pass would start as many. */
const CONCURRENT_STARTS = 50;

async function inTurns<T>(
  dynos: readonly Dyno[],
  { isLate }: StartDynos,
  work: (dyno: Dyno) => Promise<T>,
): Promise<readonly PromiseSettledResult<T>[]> {
  const settled: PromiseSettledResult<T>[] = [];
  for (let from = 0; from < dynos.length && !isLate(); from += CONCURRENT_STARTS) {
    settled.push(...(await Promise.allSettled(dynos.slice(from, from + CONCURRENT_STARTS).map(work))));
  }
  return settled;
}

/** Undefined: the record is unchanged, and the next pass tries again. */
async function start(
  { platform, runtime, specs, unasked, app }: StartDynos,
  dyno: Dyno,
): Promise<Answered | undefined> {
  let result: StartResult;
  const spec = await specs.specFor(dyno).catch((error: unknown) => {
    platform.problems.report(`cannot read the release or config of ${dyno.name}`, error, { appId: app.id });
    return undefined;
  });
  // It may be running because of an earlier request: as another attempt, or after giving up, it could run twice.
  if (spec?.ok !== true && !unasked.has(dyno.id)) return undefined;
  if (spec === undefined) result = { ok: false, reason: 'its release or its environment cannot be read', retry: true };
  else if (spec.ok) result = await runtime.start(spec.value);
  else result = { ok: false, reason: spec.error, retry: false };
  if (!result.ok && result.unanswered === true && !unasked.has(dyno.id)) return undefined;
  const after = afterStart(dyno, result, platform.clock.nowMs(), platform.random);
  return { ...after, before: dyno, failed: !result.ok };
}

/** Two writes of the transaction are left for the mark and the events. */
const ANSWERS_PER_WRITE_MAX = TRANSACTION_WRITES_MAX - 2;

async function record(context: StartDynos, answered: readonly Answered[]): Promise<void> {
  const { platform, app } = context;
  const nowMs = platform.clock.nowMs();
  for (let from = 0; from < answered.length; from += ANSWERS_PER_WRITE_MAX) {
    const batch = answered.slice(from, from + ANSWERS_PER_WRITE_MAX);
    const failed = batch.some((one) => one.failed);
    const events = eventsOf(app, batch, nowMs);
    const written = await platform.store.transact([
      ...batch.map((one) => writeOf(context, one)),
      // A failed start changes the routes and the time of the next pass: this pass's view of them is outdated.
      ...(failed ? [managerDirty(app.id, nowMs)] : []),
      ...writeEvents(platform, app.id, events),
    ]);
    // A record was changed meanwhile, or another process took the start over: the next pass finds the tasks themselves.
    if (written.ok) {
      logSystemLines(
        platform,
        app.id,
        batch.flatMap((one) => one.lines),
      );
      if (events.length > 0) platform.eventRequests.enqueue(app.id);
    }
    if (failed || !written.ok) platform.passRequests.enqueue(app.id);
  }
}

function eventsOf(app: App, answered: readonly Answered[], nowMs: number): readonly DomainEvent[] {
  return answered.flatMap(({ before, dyno }) => {
    if (dyno === undefined) return [dynoEvent('update', app, before, nowMs, 'down')];
    return dyno.state === before.state ? [] : [dynoEvent('update', app, dyno, nowMs)];
  });
}

function writeOf({ app, versions }: StartDynos, { before, dyno }: Answered): Write {
  const key = dynoKey(app.id, before.id);
  const expect = versions.get(before.id) ?? 'absent';
  return dyno === undefined ? { kind: 'delete', key, expect } : { kind: 'put', key, value: dyno, expect };
}
