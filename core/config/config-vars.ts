import { type Failure, invalid } from '../failure.ts';
import { err, ok, type Result } from '../result.ts';

export type ConfigVars = Readonly<Record<string, string>>;
/** `null` removes the key. */
export type ConfigChanges = Readonly<Record<string, string | null>>;

export const CONFIG_BYTES_MAX = 64 * 1_024;
/** Buildpacks read each config var from a file of that name. */
const KEY_LENGTH_MAX = 255;
/**
 * Sealed config is one item of the store (350 KiB), in base64. Only control characters, each six characters in JSON, can make 64
 * KiB of config larger than this.
 */
const JSON_BYTES_MAX = 240 * 1_024;

const encoder = new TextEncoder();

export function byteLength(text: string): number {
  return encoder.encode(text).length;
}

export function validateKey(key: string): Failure | undefined {
  if (!/^\w+$/.test(key) || key.length > KEY_LENGTH_MAX) {
    return invalid(
      `Config var key ${JSON.stringify(key.slice(0, 60))} is invalid: use up to ${KEY_LENGTH_MAX} letters, digits and underscores.`,
    );
  }
  if (key.startsWith('__'))
    return invalid(`Config var key ${key} is invalid: it must not begin with a double underscore.`);
  return undefined;
}

/** An environment can hold neither; a program would get another value than was set. */
export function validateValue(key: string, value: string): Failure | undefined {
  if (value.includes('\0')) return invalid(`Config var ${key} must not contain a null byte.`);
  if (/\p{Surrogate}/u.test(value)) return invalid(`Config var ${key} must be valid Unicode text.`);
  return undefined;
}

export function validateSize(config: ConfigVars): Failure | undefined {
  let bytes = 0;
  for (const [key, value] of Object.entries(config)) bytes += byteLength(key) + byteLength(value);
  if (bytes <= CONFIG_BYTES_MAX && byteLength(JSON.stringify(config)) <= JSON_BYTES_MAX) return undefined;
  return invalid(
    `Config vars can hold at most 64 KB, keys and values together. With this change they would hold ${Math.ceil(bytes / 1_024)} KB.`,
  );
}

export interface ConfigUpdate {
  readonly config: ConfigVars;
  /** Keys with a new or changed value. */
  readonly set: readonly string[];
  readonly removed: readonly string[];
}

export function changeConfig(current: ConfigVars, changes: ConfigChanges): Result<ConfigUpdate, Failure> {
  const next = new Map(Object.entries(current));
  const set: string[] = [];
  const removed: string[] = [];
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) {
      // The name of a missing key need not be valid.
      if (next.delete(key)) removed.push(key);
      continue;
    }
    const failure = validateKey(key) ?? reservedKey(key, next) ?? validateValue(key, value);
    if (failure !== undefined) return err(failure);
    if (next.get(key) === value) continue;
    next.set(key, value);
    set.push(key);
  }
  const config = Object.fromEntries(next);
  const tooLarge = set.length === 0 ? undefined : validateSize(config);
  if (tooLarge !== undefined) return err(tooLarge);
  return ok({ config, set, removed });
}

/** The platform's own names, which a user must not imitate. Sending back an existing value is no change. */
function reservedKey(key: string, current: ReadonlyMap<string, string>): Failure | undefined {
  if (!key.startsWith('HEROKU_') || current.has(key)) return undefined;
  return invalid(`Config var key ${key} is invalid: names that begin with HEROKU_ are reserved for the platform.`);
}

/** `Set FOO, BAR config vars`, `Remove FOO config vars`: a release's description. Undefined: nothing changed. */
export function describeUpdate(update: Pick<ConfigUpdate, 'set' | 'removed'>): string | undefined {
  const { set, removed } = update;
  if (set.length > 0 && removed.length > 0) return `Set ${list(set)} and remove ${list(removed)} config vars`;
  if (set.length > 0) return `Set ${list(set)} config vars`;
  if (removed.length > 0) return `Remove ${list(removed)} config vars`;
  return undefined;
}

/** A description is one log line and one table cell. */
const KEYS_NAMED_MAX = 50;

function list(keys: readonly string[]): string {
  const rest = keys.length - KEYS_NAMED_MAX;
  return `${keys.slice(0, KEYS_NAMED_MAX).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
