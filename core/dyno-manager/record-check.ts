/** Stored records have no `schemaVersion` yet, which is version 1; a later release of the platform may write others. */
const SCHEMA_VERSION = 1;

/** A record that this code cannot act on: its app is left alone until somebody has looked. */
export class UnreadableRecord extends Error {
  constructor(record: string, problem: string) {
    super(`its ${record} record ${problem}`);
    this.name = 'UnreadableRecord';
  }
}

type Shape = Readonly<Record<string, (value: unknown) => boolean>>;

const text = (value: unknown) => typeof value === 'string';
const count = (value: unknown) => Number.isInteger(value) && (value as number) >= 0;
const object = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
const list = (value: unknown) => Array.isArray(value);
const oneOf = (...values: readonly string[]) => {
  const known = new Set<unknown>(values);
  return (value: unknown) => known.has(value);
};

const ENTRY: Shape = { type: text, quantity: count, size: text, command: text };
const APP: Shape = {
  id: text,
  name: text,
  features: object,
  formation: (value) => list(value) && (value as readonly unknown[]).every((entry) => flaw(ENTRY, entry) === undefined),
  pendingReleaseVersions: list,
  restarts: (value) => flaw({ last: count, byScope: object }, value) === undefined,
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
};
const RELEASE: Shape = { id: text, version: count, processTypes: object, configVersion: count };

export const checkApp = (record: unknown): void => check('app', APP, record);
export const checkDyno = (record: unknown): void => check('dyno', DYNO, record);
export const checkRelease = (record: unknown): void => check('release', RELEASE, record);

function check(noun: string, shape: Shape, record: unknown): void {
  checkVersion(noun, record);
  const field = flaw(shape, record);
  if (field !== undefined) throw new UnreadableRecord(noun, `is corrupt: ${field}`);
}

function checkVersion(noun: string, record: unknown): void {
  const version = (record as { readonly schemaVersion?: unknown } | null)?.schemaVersion ?? SCHEMA_VERSION;
  if (version !== SCHEMA_VERSION) {
    throw new UnreadableRecord(
      noun,
      `has schema version ${String(version)}, and this platform knows ${SCHEMA_VERSION}`,
    );
  }
}

/** The first field that is not what it must be. */
function flaw(shape: Shape, record: unknown): string | undefined {
  if (!object(record)) return 'no object';
  const fields = record as Readonly<Record<string, unknown>>;
  for (const field in shape) if (shape[field]?.(fields[field]) !== true) return field;
  return undefined;
}
