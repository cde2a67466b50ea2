import type { App } from '../../records/app.ts';
import type { Dyno } from '../../records/dyno.ts';
import type { FormationEntry } from '../../records/formation.ts';
import type { Release } from '../../records/release.ts';
import type { Generation } from '../../records/rollout.ts';
import { typeEpochFor } from './decisions.ts';

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
