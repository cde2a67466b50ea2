import type { App } from '../app/app.ts';
import type { Dyno } from '../dyno/dyno.ts';
import type { FormationEntry } from '../formation/formation.ts';
import type { Release } from '../release/release.ts';
import { typeEpochFor } from './wishes.ts';

/** What the dynos of one process type have in common when nothing is left to replace. */
export interface Generation {
  readonly releaseVersion: number;
  readonly releaseId: string;
  readonly command: string;
  readonly size: string;
  /** Of restarts of the type or of all; a restart of one dyno makes no generation. */
  readonly epoch: number;
}

export function targetGeneration(app: App, release: Release, entry: FormationEntry): Generation {
  return {
    releaseVersion: release.version,
    releaseId: release.id,
    command: entry.command,
    size: entry.size,
    epoch: typeEpochFor(app, entry.type),
  };
}

export function generationOf({ releaseVersion, releaseId, command, size, restartEpoch }: Dyno): Generation {
  return { releaseVersion, releaseId, command, size, epoch: restartEpoch };
}

export function sameGeneration(left: Generation, right: Generation): boolean {
  return left.releaseVersion === right.releaseVersion && left.size === right.size && left.epoch === right.epoch;
}

export function belongsTo(dyno: Dyno, { releaseVersion, size, epoch }: Generation): boolean {
  return dyno.releaseVersion === releaseVersion && dyno.size === size && dyno.restartEpoch >= epoch;
}
