import { type DynoSize, findDynoSize } from '../../../core/dyno/dyno-size.ts';
import { err, ok, type Result } from '../../../core/result.ts';

/** What a task definition fixes besides its image; RunTask overrides everything else of a size. */
export type CapacityClass = 'shared' | 'dedicated';

/** Where a dyno of a size runs, and its resources there. */
export type Place =
  | {
      readonly capacity: 'shared';
      readonly networkMode: 'bridge';
      /** Relative weight, and its share of a machine's 1,024 units per vCPU. */
      readonly cpuUnits: number;
      /** Placement uses this value. */
      readonly memoryReservationMiB: number;
      /** The kernel kills the dyno above this. */
      readonly memoryLimitMiB: number;
    }
  | {
      readonly capacity: 'dedicated';
      readonly networkMode: 'awsvpc';
      readonly cpuUnits: number;
      readonly memoryMiB: number;
    };

/** Heroku stops a dyno that uses twice its quota (Dev Center: Error Codes, R15). */
const MEMORY_LIMIT_FACTOR = 2;
/**
 * On the leanest machines (1 vCPU per 8 GiB) memory must run out before CPU units do, or a host would stay half empty:
 * 1,024 units for 15 dynos of 512 MiB.
 */
const SHARED_MIB_PER_CPU_UNIT = 8;

/** Fargate's configurations (Amazon ECS Developer Guide, "Task CPU and memory"): CPU units, GiB from, to, and step. */
const FARGATE: readonly (readonly [cpuUnits: number, fromGiB: number, toGiB: number, stepGiB: number])[] = [
  [1_024, 2, 8, 1],
  [2_048, 4, 16, 1],
  [4_096, 8, 30, 1],
  [8_192, 16, 60, 4],
  [16_384, 32, 120, 8],
];

export function placeOf(sizeName: string): Result<Place, string> {
  const size = findDynoSize(sizeName);
  if (size === undefined) return err(`unknown dyno size ${sizeName}`);
  return size.dedicated ? dedicated(size) : ok(shared(size));
}

export function capacityClass(sizeName: string): CapacityClass {
  return findDynoSize(sizeName)?.dedicated === true ? 'dedicated' : 'shared';
}

function shared({ memoryMiB }: DynoSize): Place {
  return {
    capacity: 'shared',
    networkMode: 'bridge',
    cpuUnits: memoryMiB / SHARED_MIB_PER_CPU_UNIT,
    memoryReservationMiB: memoryMiB,
    memoryLimitMiB: memoryMiB * MEMORY_LIMIT_FACTOR,
  };
}

/** The smallest Fargate configuration with at least the size's vCPUs and memory. */
function dedicated({ name, compute, memoryMiB }: DynoSize): Result<Place, string> {
  const wantedGiB = memoryMiB / 1_024;
  for (const [cpuUnits, fromGiB, toGiB, stepGiB] of FARGATE) {
    if (cpuUnits < compute * 1_024 || toGiB < wantedGiB) continue;
    const steps = Math.ceil(Math.max(0, wantedGiB - fromGiB) / stepGiB);
    return ok({
      capacity: 'dedicated',
      networkMode: 'awsvpc',
      cpuUnits,
      memoryMiB: (fromGiB + steps * stepGiB) * 1_024,
    });
  }
  return err(`${name} needs ${compute} vCPUs and ${Math.ceil(wantedGiB)} GiB; Fargate offers at most 16 and 120`);
}
