import { freeNumber } from '../../dyno/run-dyno.ts';
import type { Random } from '../../ports/random.ts';
import type { Dyno, FormationDyno, ReleaseDyno, StartCause } from '../../records/dyno.ts';
import type { Release } from '../../records/release.ts';
import type { Generation } from '../../records/rollout.ts';
import type { AppSnapshot } from '../observe/app-snapshot.ts';
import { type SystemLine, startingProcess } from './system-lines.ts';
import { CYCLE_AFTER_MS, CYCLE_SPREAD_MS } from './timers.ts';

export interface NewFormationDyno {
  readonly type: string;
  readonly number: number;
  readonly generation: Generation;
  readonly crashCount: number;
  readonly because: StartCause;
  readonly replaces?: FormationDyno['replaces'];
  /** Whether `Starting process …` is logged now; otherwise when its launch is seen. */
  readonly announced: boolean;
}

/** A record with the intent to start: it is written before the runtime is asked. */
export function newFormationDyno(snapshot: AppSnapshot, wanted: NewFormationDyno): FormationDyno {
  const { type, number, generation, because, replaces } = wanted;
  return {
    ...blank(snapshot, { version: generation.releaseVersion, id: generation.releaseId }),
    name: `${type}.${number}`,
    type,
    kind: 'formation',
    number,
    size: generation.size,
    command: generation.command,
    crashCount: wanted.crashCount,
    startedBecause: because,
    ...(replaces === undefined ? {} : { replaces }),
    ...(wanted.announced ? { told: { starting: true } } : {}),
  };
}

export function newReleaseDyno(snapshot: AppSnapshot, release: Release, command: string, size: string): ReleaseDyno {
  const number = freeNumber(
    snapshot.dynos.map(({ value }) => value),
    snapshot.random,
  );
  return {
    ...blank(snapshot, release),
    name: `release.${number}`,
    type: 'release',
    kind: 'release',
    number,
    size,
    command,
    crashCount: 0,
    told: { starting: true },
  };
}

/** The record of a sleeping dyno: nothing runs until it is woken. */
export function idleDyno(
  snapshot: AppSnapshot,
  wanted: Omit<NewFormationDyno, 'crashCount' | 'because' | 'announced'>,
): FormationDyno {
  const {
    intentAtMs: _intent,
    cycleAtMs: _cycle,
    ...rest
  } = newFormationDyno(snapshot, {
    ...wanted,
    crashCount: 0,
    because: 'idle',
    announced: false,
  });
  return { ...rest, state: 'idle' };
}

function blank({ app, ids, nowMs, random }: AppSnapshot, release: Pick<Release, 'id' | 'version'>) {
  return {
    id: ids.uuid(),
    appId: app.id,
    releaseVersion: release.version,
    releaseId: release.id,
    state: 'starting',
    attempt: 1,
    intentAtMs: nowMs,
    cycleAtMs: cycleAtMs(nowMs, random),
    restartEpoch: app.restarts.last,
    stateChangedAtMs: nowMs,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  } as const;
}

export function cycleAtMs(nowMs: number, random: Random): number {
  return nowMs + CYCLE_AFTER_MS + Math.floor(random.next() * CYCLE_SPREAD_MS);
}

export function startingLine(dyno: Dyno): SystemLine {
  return { process: dyno.name, message: startingProcess(dyno.command) };
}
