import type { Failure } from '../failure.ts';
import { invalid } from '../failure.ts';
import type { Result } from '../result.ts';
import { err, ok } from '../result.ts';

/**
 * Every dyno size, with Heroku's documented memory, prices and process limits. Official buildpacks read `ulimit -u` to guess the
 * size, so the process limits of Eco to Performance are exact.
 */
export type DynoTier = 'eco' | 'basic' | 'standard' | 'performance' | 'private' | 'shield' | 'fir';

export interface DynoSize {
  /** Never changes: clients may store it. */
  readonly id: string;
  /** As the API writes it, e.g. `Standard-1X`. */
  readonly name: string;
  readonly tier: DynoTier;
  readonly memoryMiB: number;
  /** `ulimit -u` inside the dyno. */
  readonly processLimit: number;
  /** The API's `compute`: the minimum of vCPUs; a dyno of a shared size may get more while its neighbors idle. */
  readonly compute: number;
  readonly preciseDynoUnits: number;
  /** Undefined: paid from the account's Eco pool. */
  readonly costCentsPerMonth?: number;
  readonly dedicated: boolean;
  readonly architecture: 'amd64' | 'arm64';
  readonly privateSpaceOnly: boolean;
}

interface CedarRow {
  readonly size: string;
  readonly memoryMiB: number;
  readonly processLimit: number;
  readonly compute: number;
  readonly units: number;
  readonly dollars?: number;
}

const id = (number: number) => `5d6e0000-0000-4000-8000-${String(number).padStart(12, '0')}`;

const sharedRows: readonly (CedarRow & { readonly tier: DynoTier })[] = [
  { tier: 'eco', size: 'Eco', memoryMiB: 512, processLimit: 256, compute: 1, units: 0.28 },
  { tier: 'basic', size: 'Basic', memoryMiB: 512, processLimit: 256, compute: 1, units: 0.28, dollars: 7 },
  { tier: 'standard', size: 'Standard-1X', memoryMiB: 512, processLimit: 256, compute: 1, units: 1, dollars: 25 },
  { tier: 'standard', size: 'Standard-2X', memoryMiB: 1024, processLimit: 512, compute: 2, units: 2, dollars: 50 },
];

/** Dedicated machines; the same hardware is sold as Performance, Private and Shield. */
const dedicatedRows: readonly CedarRow[] = [
  { size: 'M', memoryMiB: 2560, processLimit: 16_384, compute: 2, units: 8, dollars: 250 },
  { size: 'L', memoryMiB: 14_336, processLimit: 32_768, compute: 8, units: 16, dollars: 500 },
  { size: 'L-RAM', memoryMiB: 30_720, processLimit: 24_576, compute: 4, units: 16, dollars: 500 },
  { size: 'XL', memoryMiB: 63_488, processLimit: 32_768, compute: 8, units: 30, dollars: 750 },
  { size: '2XL', memoryMiB: 129_024, processLimit: 32_768, compute: 16, units: 60, dollars: 1500 },
];
const smallestPrivate: CedarRow = {
  size: 'S',
  memoryMiB: 1024,
  processLimit: 512,
  compute: 2,
  units: 4,
  dollars: 125,
};

/** `dyno-<vCPU>c-<GB>gb` and its monthly price; the name contains the rest. */
const firRows: readonly (readonly [vcpu: number, gigabytes: number, dollars: number])[] = [
  [1, 0.5, 25],
  [2, 1, 50],
  [1, 4, 80],
  [2, 8, 160],
  [4, 16, 320],
  [8, 32, 640],
  [16, 64, 1000],
  [2, 4, 150],
  [4, 8, 300],
  [8, 16, 600],
  [16, 32, 1200],
  [32, 64, 2400],
  [1, 8, 100],
  [2, 16, 250],
  [4, 32, 500],
  [8, 64, 750],
  [16, 128, 1500],
];

function cedar(tier: DynoTier, name: string, row: CedarRow, number: number, dearer: number): DynoSize {
  return {
    id: id(number),
    name,
    tier,
    memoryMiB: row.memoryMiB,
    processLimit: row.processLimit,
    compute: row.compute,
    preciseDynoUnits: row.units * dearer,
    ...(row.dollars === undefined ? {} : { costCentsPerMonth: row.dollars * dearer * 100 }),
    dedicated: tier === 'performance' || tier === 'private' || tier === 'shield',
    architecture: 'amd64',
    privateSpaceOnly: tier === 'private' || tier === 'shield',
  };
}

/** Shield costs 20 % more than the same Private size. */
const SHIELD_FACTOR = 1.2;
const privateRows = [smallestPrivate, ...dedicatedRows];

/** In the order of the API's list. The number in each id never changes its size: append, never reorder. */
export const DYNO_SIZES: readonly DynoSize[] = [
  ...sharedRows.map((row, index) => cedar(row.tier, row.size, row, 1 + index, 1)),
  ...dedicatedRows.map((row, index) => cedar('performance', `Performance-${row.size}`, row, 101 + index, 1)),
  ...privateRows.map((row, index) => cedar('private', `Private-${row.size}`, row, 201 + index, 1)),
  ...privateRows.map((row, index) => cedar('shield', `Shield-${row.size}`, row, 301 + index, SHIELD_FACTOR)),
  ...firRows.map(
    ([vcpu, gigabytes, dollars], index): DynoSize => ({
      id: id(401 + index),
      name: `dyno-${vcpu}c-${gigabytes}gb`,
      tier: 'fir',
      memoryMiB: gigabytes * 1024,
      processLimit: 32_768,
      compute: vcpu,
      preciseDynoUnits: dollars / 25,
      costCentsPerMonth: dollars * 100,
      dedicated: index >= 2,
      architecture: 'arm64',
      privateSpaceOnly: true,
    }),
  ),
];

/** Names that old clients and scripts still send. */
const LEGACY_NAMES: Readonly<Record<string, string>> = {
  free: 'Eco',
  hobby: 'Basic',
  '1x': 'Standard-1X',
  '2x': 'Standard-2X',
  px: 'Performance-L',
  performance: 'Performance-L',
};

const bySizeKey = new Map<string, DynoSize>();
for (const size of DYNO_SIZES) {
  bySizeKey.set(size.name.toLowerCase(), size);
  bySizeKey.set(size.id, size);
}
for (const [legacy, name] of Object.entries(LEGACY_NAMES)) {
  const size = bySizeKey.get(name.toLowerCase());
  if (size !== undefined) bySizeKey.set(legacy, size);
}

/** By name in any capitalization, by legacy name, or by id. */
export function findDynoSize(nameOrId: string): DynoSize | undefined {
  return bySizeKey.get(nameOrId.toLowerCase());
}

/**
 * The size of a first formation. Heroku uses Eco or Basic, which depend on a paid plan and forbid more than one dyno per type;
 * your own installation has neither plan nor bill.
 */
export const DEFAULT_SIZE = 'Standard-1X';

/** A size that an app outside a Private Space can have. */
export function usableSize(nameOrId: string): Result<DynoSize, Failure> {
  const size = findDynoSize(nameOrId);
  if (size === undefined) return err(invalid(`size ${JSON.stringify(nameOrId.slice(0, 60))} is not a dyno size.`));
  if (size.privateSpaceOnly) return err(invalid(`${size.name} dynos are available in Private Spaces only.`));
  return ok(size);
}
