import { isProcessTypeName } from '../slug/process-types.ts';

export interface Procfile {
  /** Process type → command, in the file's order. */
  readonly processTypes: Readonly<Record<string, string>>;
  /** For the build's output: lines that declare nothing although they look like declarations. */
  readonly warnings: readonly string[];
}

/**
 * `<process type>: <command>` per line (Heroku Dev Center: The Procfile). As on Heroku, other lines are ignored, but with a
 * warning: otherwise a misspelled `web` line only shows as an app that does not answer.
 */
export function parseProcfile(text: string): Procfile {
  const types = new Map<string, string>();
  const warnings: string[] = [];
  text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .forEach((line, index) => {
      if (line.trim() === '' || line.trimStart().startsWith('#')) return;
      const [, type, command = ''] = /^([-\w]+)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
      const place = `Procfile line ${index + 1}`;
      if (type === undefined || !isProcessTypeName(type)) {
        warnings.push(`${place} is ignored: it is not of the form "<process type>: <command>".`);
      } else if (command === '') {
        warnings.push(`${place} is ignored: process type ${type} has no command.`);
      } else if (command.includes('\0')) {
        warnings.push(`${place} is ignored: its command holds a null byte.`);
      } else {
        if (types.has(type)) warnings.push(`${place} replaces an earlier declaration of ${type}.`);
        types.set(type, command);
      }
    });
  return { processTypes: Object.fromEntries(types), warnings };
}
