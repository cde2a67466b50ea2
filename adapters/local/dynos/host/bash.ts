import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const PROFILES = `for profile in "$HOME"/.profile.d/*.sh; do if [ -f "$profile" ]; then . "$profile"; fi; done
unset profile
if [ -f "$HOME/.profile" ]; then . "$HOME/.profile"; fi`;

/**
 * Bash's arguments. A simple command becomes the process itself: bash executes the last command of `-c` in its own place.
 * Everything before it (joining the dyno's control groups, profile scripts that may change any variable) runs in a shell that
 * the command's shell then replaces.
 */
export function bashArguments(
  bash: string,
  command: string,
  before: { readonly hasProfiles: boolean; readonly join: string | undefined },
): string[] {
  const script = [...(before.join === undefined ? [] : [before.join]), ...(before.hasProfiles ? [PROFILES] : [])];
  if (script.length === 0) return ['-c', command];
  return ['-c', [...script, 'exec "$0" -c "$1"'].join('\n'), bash, command];
}

/** Whether the app at `home` has scripts that run before its command. */
export function hasProfiles(home: string): boolean {
  if (existsSync(join(home, '.profile'))) return true;
  try {
    return readdirSync(join(home, '.profile.d')).some((name) => name.endsWith('.sh'));
  } catch {
    return false;
  }
}
