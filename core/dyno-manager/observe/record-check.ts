import { foreignVersion } from '../../record-version.ts';

/** A record that this code cannot act on: its app is left alone until somebody has looked. */
export class UnreadableRecord extends Error {
  constructor(record: string, problem: string) {
    super(`its ${record} record ${problem}`);
    this.name = 'UnreadableRecord';
  }
}

export type Shape = Readonly<Record<string, (value: unknown) => boolean>>;

export const text = (value: unknown) => typeof value === 'string';
export const count = (value: unknown) => Number.isInteger(value) && (value as number) >= 0;
export const object = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
export const list = (value: unknown) => Array.isArray(value);
const oneOf = (...values: readonly string[]) => {
  const known = new Set<unknown>(values);
  return (value: unknown) => known.has(value);
};

const optional = (check: (value: unknown) => boolean) => (value: unknown) => value === undefined || check(value);
export const shaped = (shape: Shape) => (value: unknown) => flaw(shape, value) === undefined;
/** Beyond any limit of Heroku's: counting up to it must not keep a look busy. */
const QUANTITY_SANE_MAX = 10_000;
const quantity = (value: unknown) => count(value) && (value as number) <= QUANTITY_SANE_MAX;

const ENTRY: Shape = { type: text, quantity, size: text, command: text };
/** A window without its minutes has no moment in it, and would be searched for one for ever. */
const WINDOW: Shape = { startMinute: count, endMinute: count, timeZone: text, sinceMs: count };
const SETTINGS: Shape = {
  cycling: (value) => typeof value === 'boolean',
  cycleWindow: optional(shaped(WINDOW)),
  memoryThresholdPercent: optional(count),
};
const APP: Shape = {
  id: text,
  name: text,
  features: object,
  formation: (value) => list(value) && (value as readonly unknown[]).every(shaped(ENTRY)),
  currentReleaseVersion: optional(count),
  pendingReleaseVersions: (value) => list(value) && (value as readonly unknown[]).every(count),
  restarts: shaped({ last: count, byScope: object }),
  dynoManager: optional(shaped(SETTINGS)),
  customHosts: optional((value) => list(value) && (value as readonly unknown[]).every(text)),
  deletedAtMs: optional(count),
};
const DYNO: Shape = {
  id: text,
  name: text,
  type: text,
  kind: oneOf('formation', 'one-off', 'release'),
  number: count,
  releaseVersion: count,
  size: text,
  command: text,
  state: oneOf('starting', 'up', 'crashed', 'down', 'idle', 'stopping'),
  attempt: count,
  crashCount: count,
  restartEpoch: count,
  createdAtMs: count,
  stateChangedAtMs: count,
  intentAtMs: optional(count),
  launchedAtMs: optional(count),
  upAtMs: optional(count),
  cycleAtMs: optional(count),
  recycleAtMs: optional(count),
  nextStartAtMs: optional(count),
  stoppingAtMs: optional(count),
  timeToLiveSeconds: optional(count),
};
const RELEASE: Shape = { id: text, version: count, processTypes: object, configVersion: count };

const SLUG: Shape = { id: text, blobKey: text, checksum: text, cron: optional(list) };
const MARK: Shape = { appId: text, dirty: (value) => typeof value === 'boolean', lookAtMs: optional(count) };
const TRAFFIC: Shape = { lastRequestAtMs: count };
const ECO_POOL: Shape = {
  monthStartMs: count,
  settledMs: (value) => object(value) && Object.values(value as object).every(count),
  running: (value) => object(value) && Object.values(value as object).every(shaped({ appId: text, sinceMs: count })),
};
const GENERATION: Shape = { releaseVersion: count, releaseId: text, command: text, size: text, epoch: count };
const ROLLOUT: Shape = {
  mode: oneOf('preboot', 'rolling'),
  target: shaped(GENERATION),
  from: shaped(GENERATION),
  startedAtMs: count,
  proven: count,
  progressAtMs: count,
  switchedAtMs: optional(count),
  abandonedAtMs: optional(count),
};

export const checkApp = (record: unknown): void => check('app', APP, record);
export const checkDyno = (record: unknown): void => check('dyno', DYNO, record);
export const checkRelease = (record: unknown): void => check('release', RELEASE, record);
export const checkSlug = (record: unknown): void => check('slug', SLUG, record);
export const checkMark = (record: unknown): void => check('manager', MARK, record);
export const checkEcoPool = (record: unknown): void => check('Eco hours', ECO_POOL, record);
export const checkTraffic = (record: unknown): void => check('traffic', TRAFFIC, record);

/** By process type, and one may be called `schemaVersion`. */
export function checkRollouts(record: unknown): void {
  if (!object(record)) throw new UnreadableRecord('rollouts', 'is corrupt: no object');
  for (const [type, rollout] of Object.entries(record as object)) {
    if (type === 'schemaVersion' && !object(rollout)) checkVersion('rollouts', record);
    else if (!shaped(ROLLOUT)(rollout)) throw new UnreadableRecord('rollouts', `is corrupt: ${type}`);
  }
}

export function check(noun: string, shape: Shape, record: unknown): void {
  checkVersion(noun, record);
  const field = flaw(shape, record);
  if (field !== undefined) throw new UnreadableRecord(noun, `is corrupt: ${field}`);
}

function checkVersion(noun: string, record: unknown): void {
  const problem = foreignVersion(record);
  if (problem !== undefined) throw new UnreadableRecord(noun, problem);
}

/** The first field that is not what it must be. */
function flaw(shape: Shape, record: unknown): string | undefined {
  if (!object(record)) return 'no object';
  const fields = record as Readonly<Record<string, unknown>>;
  for (const field in shape) if (shape[field]?.(fields[field]) !== true) return field;
  return undefined;
}
