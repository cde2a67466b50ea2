import type { Dyno } from '../dyno/dyno.ts';
import { freeNumber } from '../dyno/run-dyno.ts';
import type { FormationEntry } from '../formation/formation.ts';
import type { Random } from '../ports.ts';
import type { Release } from '../release/release.ts';
import type { Look } from './look.ts';
import { type SystemLine, startingProcess } from './system-lines.ts';
import { CYCLE_AFTER_MS, CYCLE_SPREAD_MS } from './timers.ts';

export interface NewFormationDyno {
  readonly entry: FormationEntry;
  readonly number: number;
  readonly release: Release;
  readonly crashCount: number;
  /** Whether `Starting process …` is logged now; else when its launch is seen. */
  readonly announced: boolean;
}

/** A record with the intent to start it: it is written before the runtime is asked. */
export function newFormationDyno(look: Look, wanted: NewFormationDyno): Dyno {
  const { entry, number, release } = wanted;
  return {
    ...blank(look, release),
    name: `${entry.type}.${number}`,
    type: entry.type,
    kind: 'formation',
    number,
    size: entry.size,
    command: entry.command,
    crashCount: wanted.crashCount,
    ...(wanted.announced ? { told: { starting: true } } : {}),
  };
}

export function newReleaseDyno(look: Look, release: Release, command: string, size: string): Dyno {
  const number = freeNumber(
    look.dynos.map(({ value }) => value),
    look.random,
  );
  return {
    ...blank(look, release),
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

function blank({ app, ids, nowMs, random }: Look, release: Release) {
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
