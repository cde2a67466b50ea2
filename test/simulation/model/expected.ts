import type { Dyno } from '../../../core/records/dyno.ts';
import type { Rollout } from '../../../core/records/rollout.ts';
import { type Change, type Fate, isRange } from './fate.ts';
import { formationFate } from './formation-fates.ts';
import { HEROKU, OURS } from './heroku.ts';
import type { Known, Seen, TypeState, Want } from './known.ts';
import { missingFates } from './newcomers.ts';
import { rolloutLookMs, typeState } from './rollouts.ts';
import { releaseFates, runOnceFate, runOnceWant } from './run-once-fates.ts';
import { hoursLookMs, mightSleep, type SleepState, sleepState, sleepsAtMs } from './sleeps.ts';
import { Wants } from './wants.ts';
import { everyone } from './what-is.ts';

/** What Heroku's rules require after everything that a pass has read. */
export interface Expected {
  readonly known: Known;
  readonly fates: readonly Fate[];
  readonly decisions: readonly (Seen & { readonly want: Want })[];
  readonly rollouts: Readonly<Record<string, Rollout>>;
  readonly sleep: SleepState;
  /** Lines of process types, not of dynos. */
  readonly typeLines: readonly { readonly process: string; readonly message: string }[];
  /** Tasks without a record. */
  readonly orphans: readonly { readonly taskRef: string; readonly deadlineMs: number }[];
  /** Without random parts; fates with a pass at their next start come on top. */
  readonly lookMs: number;
  /** All records afterwards, with the minimum of each random value. */
  readonly dynos: readonly Dyno[];
  /** Everything of a deleted app is removed. */
  readonly purge: boolean;
}

export function expectedOf(known: Known): Expected {
  const { app, seen, nowMs } = known;
  const all = everyone(known);
  const standing = all.filter(({ dyno }) => dyno.kind === 'formation' && dyno.state !== 'stopping');
  const ofType = (type: string) => standing.filter(({ dyno }) => dyno.type === type);
  const states = new Map<string, TypeState>();
  const typeLines: { process: string; message: string }[] = [];
  for (const entry of app.formation) {
    const state = typeState(known, entry, ofType(entry.type));
    if (state === undefined) continue;
    states.set(entry.type, state);
    if (state.abandonedNow) typeLines.push({ process: entry.type, message: abandonedLine(entry.type, state) });
  }
  const sleep = sleepState(known, all);
  const wants = new Map<string, Want>();
  for (const type of new Set(standing.map(({ dyno }) => dyno.type))) {
    const leaving = all.filter(
      ({ dyno, is }) => dyno.kind === 'formation' && dyno.type === type && is === 'stopping',
    ).length;
    const ofThis = new Wants(known, type, states.get(type), ofType(type), leaving).all(sleep);
    for (const [id, want] of ofThis) wants.set(id, want);
  }
  const decisions = all.map((each) => {
    const want = each.dyno.kind === 'formation' ? (wants.get(each.dyno.id) ?? KEEP) : runOnceWant(known, each);
    return { ...each, want };
  });
  const fates = decisions.map(({ want, ...each }) =>
    each.dyno.kind === 'formation'
      ? formationFate(known, states.get(each.dyno.type), each, want)
      : runOnceFate(known, each, want),
  );
  fates.push(...missingFates(known, states, sleep === 'asleep' || sleep === 'exhausted'), ...releaseFates(known));
  const orphans = orphansOf(all, known);
  const dynos = fates.flatMap(afterwards);
  const quiet = dynos.length === 0 && seen.tasks.every(({ state }) => state === 'stopped');
  const purge = app.deletedAtMs !== undefined && seen.complete && quiet;
  const completes = fates.some(({ completion }) => completion !== undefined);
  const looks = [
    nowMs + (dynos.length === 0 ? OURS.emptyLookMs : OURS.steadyLookMs),
    ...(seen.complete ? [] : [nowMs + OURS.partialLookMs]),
    ...(orphans.length > 0 || purge || completes ? [nowMs + OURS.movingLookMs] : []),
    ...[...states.values()].map(({ rollout }) => rolloutLookMs(rollout, nowMs)),
    hoursLookMs(known, sleep),
    sleepLookMs(known, sleep, dynos),
    ...fates.map(({ lookMs = Number.POSITIVE_INFINITY }) => lookMs),
  ];
  const rollouts = Object.fromEntries(
    [...states].flatMap(([type, { rollout }]) => (rollout === undefined ? [] : [[type, rollout] as const])),
  );
  const kept = known.release === undefined || app.deletedAtMs !== undefined ? known.rollouts : rollouts;
  return {
    known,
    fates,
    decisions,
    rollouts: kept,
    sleep,
    typeLines,
    orphans,
    lookMs: Math.min(...looks),
    dynos,
    purge,
  };
}

const KEEP: Want = { kind: 'keep' };

function abandonedLine(type: string, { target, rollout }: TypeState): string {
  const [to, from] = [target.releaseVersion, rollout?.from.releaseVersion];
  return to === from
    ? `Restart abandoned: not all new ${type} dynos were up within 15 minutes. The old ones keep running.`
    : `Release v${to} abandoned: not all new ${type} dynos were up within 15 minutes. The dynos of v${from} keep running.`;
}

/** Live tasks without a dyno: a record that waits for its next start, or has ended, has no task. */
function orphansOf(all: readonly Seen[], { seen, nowMs }: Known): Expected['orphans'] {
  const found: { taskRef: string; deadlineMs: number }[] = [];
  for (const task of seen.tasks) {
    if (task.state === 'stopped') continue;
    const owner = all.find(({ dyno }) => dyno.id === task.dynoId && dyno.attempt === task.attempt);
    const owns = owner !== undefined && !['crashed', 'finished', 'idle'].includes(owner.is);
    if (!owns) found.push({ taskRef: task.taskRef, deadlineMs: nowMs + HEROKU.graceMs });
  }
  return found;
}

function sleepLookMs(known: Known, sleep: SleepState, dynos: readonly Dyno[]): number {
  if (sleep !== 'awake' || !mightSleep(known.app)) return Number.POSITIVE_INFINITY;
  const webs = dynos.filter(({ type, state }) => type === 'web' && state === 'up');
  const atMs = sleepsAtMs(known, webs);
  return webs.length > 0 && atMs > known.nowMs ? atMs : Number.POSITIVE_INFINITY;
}

function afterwards({ dyno, becomes, newcomer }: Fate): readonly Dyno[] {
  const after: Dyno[] = [];
  if (dyno !== undefined && becomes !== 'gone') after.push(changed(dyno, becomes ?? {}));
  if (newcomer !== undefined) after.push(changed({ id: '' } as Dyno, newcomer.change));
  return after;
}

function changed(dyno: Dyno, change: Change): Dyno {
  const entries = Object.entries(change).map(([field, value]) => [field, isRange(value) ? value.leastMs : value]);
  return { ...dyno, ...Object.fromEntries(entries) };
}
