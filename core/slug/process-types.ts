import { byteLength } from '../config/config-vars.ts';
import { type Failure, invalid } from '../failure.ts';

export type ProcessTypes = Readonly<Record<string, string>>;

/** Runs as a one-off dyno when a release is made; otherwise an ordinary process type. */
export const RELEASE_TYPE = 'release';

const TYPE = /^[-\w]{1,128}$/;
const PROCESS_TYPES_MAX = 200;
/** Each release and the app's formation, single items of the store, contain the commands. */
const BYTES_MAX = 64 * 1_024;

export function isProcessTypeName(text: string): boolean {
  // Every object has a `__proto__`, so looking this type up would find something that nobody declared.
  return TYPE.test(text) && text !== '__proto__';
}

export function validateProcessTypes(types: ProcessTypes): Failure | undefined {
  const entries = Object.entries(types);
  if (entries.length > PROCESS_TYPES_MAX)
    return invalid(`A slug can declare at most ${PROCESS_TYPES_MAX} process types.`);
  let bytes = 0;
  for (const [type, command] of entries) {
    if (!isProcessTypeName(type)) {
      return invalid(
        `Process type ${JSON.stringify(type.slice(0, 140))} is invalid: use 1 to 128 letters, digits, dashes and underscores.`,
      );
    }
    if (command.trim() === '') return invalid(`Process type ${type} has no command.`);
    if (command.includes('\0')) return invalid(`The command of process type ${type} must not contain a null byte.`);
    bytes += byteLength(type) + byteLength(command);
  }
  return bytes > BYTES_MAX ? invalid('Process types and their commands can hold at most 64 KB together.') : undefined;
}

export function hasReleasePhase(release: { readonly slugId?: string; readonly processTypes: ProcessTypes }): boolean {
  return release.slugId !== undefined && Object.hasOwn(release.processTypes, RELEASE_TYPE);
}
