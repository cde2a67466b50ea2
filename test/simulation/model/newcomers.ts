import type { Dyno, StartCause } from '../../../core/records/dyno.ts';
import type { DynoFields } from '../../dyno-fields.ts';
import type { Fate, Newcomer, Range } from './fate.ts';
import { HEROKU, OURS } from './heroku.ts';
import type { Known, TypeState } from './known.ts';
import { became, starting } from './words.ts';

/** A day and up to 216 minutes after the start. */
export function cycleRange(nowMs: number): Range {
  return { leastMs: nowMs + HEROKU.dayMs, mostMs: nowMs + HEROKU.dayMs + HEROKU.cycleSpreadMs };
}

interface Details {
  readonly because: StartCause;
  readonly crashCount?: number;
  /** The log already has its `Starting process …`. */
  readonly told: boolean;
  readonly replaces?: DynoFields['replaces'] | undefined;
  /** Its earliest start. */
  readonly notBeforeMs?: number;
}

/** A new dyno of the formation; undefined: its desired properties are unknown. */
export function newcomer(
  known: Known,
  state: TypeState | undefined,
  { type, number }: Pick<Dyno, 'type' | 'number'>,
  { because, crashCount = 0, told, replaces, notBeforeMs }: Details,
): Newcomer | undefined {
  if (state === undefined) return undefined;
  const { app, nowMs } = known;
  const asleep = because === 'idle';
  return {
    name: `${type}.${number}`,
    because,
    starts: !asleep && notBeforeMs === undefined,
    change: {
      name: `${type}.${number}`,
      type,
      number,
      kind: 'formation',
      appId: app.id,
      releaseVersion: state.wanted.releaseVersion,
      releaseId: releaseIdOf(known, state),
      size: state.wanted.size,
      command: commandOf(known, type, state),
      state: asleep ? 'idle' : 'starting',
      attempt: 1,
      crashCount,
      startedBecause: because,
      restartEpoch: app.restarts.last,
      stateChangedAtMs: nowMs,
      createdAtMs: nowMs,
      intentAtMs: asleep ? undefined : nowMs,
      cycleAtMs: asleep ? undefined : cycleRange(nowMs),
      replaces,
      told: told ? { starting: true } : undefined,
      nextStartAtMs: notBeforeMs,
    },
  };
}

/** The command of a new dyno of this type. */
export function commandOf({ app }: Known, type: string, state: TypeState): string {
  const from = state.rollout?.abandonedAtMs === undefined ? undefined : state.rollout.from.command;
  return from ?? app.formation.find((entry) => entry.type === type)?.command ?? '';
}

function releaseIdOf({ release }: Known, { rollout }: TypeState): string | undefined {
  return rollout?.abandonedAtMs === undefined ? release?.id : rollout.from.releaseId;
}

/** 1 to quantity of each type, once there is code to run. */
export function missingFates(known: Known, states: ReadonlyMap<string, TypeState>, sleeps: boolean): readonly Fate[] {
  const { app, release, dynos, nowMs } = known;
  const fates: Fate[] = [];
  if (app.deletedAtMs !== undefined || release?.slugId === undefined) return fates;
  for (const { type, quantity } of app.formation) {
    const state = states.get(type);
    if (state === undefined) continue;
    for (let number = 1; number <= quantity; number += 1) {
      const isThere = dynos.some(
        (dyno) =>
          dyno.kind === 'formation' && dyno.type === type && dyno.number === number && dyno.state !== 'stopping',
      );
      if (isThere) continue;
      const name = `${type}.${number}`;
      const because = sleeps ? 'idle' : 'new';
      const comes = newcomer(known, state, { type, number }, { because, told: !sleeps });
      if (comes === undefined) continue;
      if (sleeps) fates.push({ name, newcomer: comes, lines: [] });
      else {
        const lines = [became('created', 'starting'), starting(commandOf(known, type, state))];
        fates.push({ name, newcomer: comes, lines, lookMs: nowMs + OURS.movingLookMs });
      }
    }
  }
  return fates;
}
