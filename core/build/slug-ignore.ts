import { type Glob, matchesGlob, parseGlob } from './glob.ts';

/** Whether `.slugignore` removes a path from the slug. Paths are relative to the app's root, with `/` between parts. */
export interface SlugIgnore {
  matches(path: string, isDirectory: boolean): boolean;
  /** Lines that have no effect, for the build's output. */
  readonly warnings: readonly string[];
}

interface Pattern {
  readonly glob: Glob;
  readonly directoriesOnly: boolean;
  /** Compared with the whole path; otherwise, as it contains no slash, with the last part. */
  readonly anchored: boolean;
}

/**
 * Patterns as in `.gitignore`, except that `!` cannot include anything again (Heroku Dev Center: Slug Compiler). A directory
 * that matches takes everything beneath it along: the caller must handle that, and need not look inside.
 */
export function parseSlugIgnore(text: string): SlugIgnore {
  const patterns: Pattern[] = [];
  const warnings: string[] = [];
  text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .forEach((line, index) => {
      if (line.startsWith('#')) return;
      if (line.startsWith('!')) {
        warnings.push(`.slugignore line ${index + 1} is ignored: files cannot be re-included with "!".`);
        return;
      }
      const pattern = parsePattern(withoutTrailingSpaces(line));
      if (pattern !== undefined) patterns.push(pattern);
    });
  return {
    warnings,
    matches: (path, isDirectory) => {
      const name = path.slice(path.lastIndexOf('/') + 1);
      return patterns.some(
        ({ glob, directoriesOnly, anchored }) =>
          (isDirectory || !directoriesOnly) && matchesGlob(glob, anchored ? path : name),
      );
    },
  };
}

/** A space at the end counts only after a backslash. */
function withoutTrailingSpaces(line: string): string {
  let end = line.length;
  while (end > 0 && line[end - 1] === ' ' && !isEscaped(line, end - 1)) end -= 1;
  return line.slice(0, end);
}

function isEscaped(line: string, index: number): boolean {
  let backslashes = 0;
  while (line[index - 1 - backslashes] === '\\') backslashes += 1;
  return backslashes % 2 === 1;
}

function parsePattern(line: string): Pattern | undefined {
  const directoriesOnly = line.endsWith('/') && !isEscaped(line, line.length - 1);
  const body = directoriesOnly ? line.slice(0, -1) : line;
  // A slash at the beginning or in the middle anchors the pattern at the root.
  const anchored = body.includes('/');
  const glob = parseGlob(body.startsWith('/') ? body.slice(1) : body);
  return glob === undefined || glob.length === 0 ? undefined : { glob, directoriesOnly, anchored };
}
