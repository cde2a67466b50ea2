/** Tells for a path relative to the app's root, `/` between its parts, whether `.slugignore` takes it out of the slug. */
export interface SlugIgnore {
  matches(path: string, isDirectory: boolean): boolean;
  /** Lines that have no effect, for the build's output. */
  readonly warnings: readonly string[];
}

interface Pattern {
  readonly expression: RegExp;
  readonly directoriesOnly: boolean;
}

/**
 * Patterns as in `.gitignore`, except that nothing can be re-included with `!` (Heroku Dev Center: Slug Compiler).
 * A directory that matches takes everything beneath it along; that is for the caller, who need not look inside.
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
    matches: (path, isDirectory) =>
      patterns.some((pattern) => (isDirectory || !pattern.directoriesOnly) && pattern.expression.test(path)),
  };
}

/** A space at the end counts only behind a backslash. */
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
  // A slash at the beginning or in the middle ties the pattern to the root.
  const anchored = body.includes('/');
  const glob = body.startsWith('/') ? body.slice(1) : body;
  if (glob === '') return undefined;
  const source = globSource(glob);
  if (source === undefined) return undefined;
  return { directoriesOnly, expression: new RegExp(`^${anchored ? '' : '(?:.*/)?'}${source}$`, 'su') };
}

/** Undefined: the pattern is broken (a bracket that does not close, a backslash at the end) and matches nothing. */
function globSource(glob: string): string | undefined {
  let source = '';
  for (let at = 0; at < glob.length; ) {
    const rest = glob.slice(at);
    const atPartStart = at === 0 || glob[at - 1] === '/';
    const character = String.fromCodePoint(glob.codePointAt(at) ?? 0);
    if (atPartStart && rest.startsWith('**/')) {
      source += '(?:.*/)?';
      at += 3;
    } else if (atPartStart && rest === '**') {
      source += '.+';
      at += 2;
    } else if (character === '*') {
      source += '[^/]*';
      at += (/^\*+/.exec(rest)?.[0] ?? '*').length;
    } else if (character === '?') {
      source += '[^/]';
      at += 1;
    } else if (character === '[') {
      const bracket = bracketSource(rest);
      if (bracket === undefined) return undefined;
      source += bracket.source;
      at += bracket.length;
    } else if (character === '\\') {
      const next = glob.codePointAt(at + 1);
      if (next === undefined) return undefined;
      source += literal(String.fromCodePoint(next));
      at += 1 + String.fromCodePoint(next).length;
    } else {
      source += literal(character);
      at += character.length;
    }
  }
  return source;
}

const literal = (character: string) => character.replace(/[\\^$.*+?()[\]{}|/-]/u, '\\$&');

const CLASSES: Readonly<Record<string, string>> = {
  alnum: 'a-zA-Z0-9',
  alpha: 'a-zA-Z',
  blank: ' \\t',
  digit: '0-9',
  lower: 'a-z',
  space: '\\s',
  upper: 'A-Z',
  xdigit: 'a-fA-F0-9',
};

/** `[a-z]`, `[!a]`, `[^a]`, `[]a]`, `[[:digit:]]`; never matches a slash. */
function bracketSource(rest: string): { readonly source: string; readonly length: number } | undefined {
  const negated = rest[1] === '!' || rest[1] === '^';
  const first = negated ? 2 : 1;
  let at = first;
  let members = '';
  while (at === first || rest[at] !== ']') {
    const [whole, name] = /^\[:(\w+):\]/.exec(rest.slice(at)) ?? [];
    if (whole !== undefined && name !== undefined) {
      const known = CLASSES[name];
      if (known === undefined) return undefined;
      members += known;
      at += whole.length;
      continue;
    }
    const from = memberAt(rest, at);
    if (from === undefined) return undefined;
    at += from.length;
    if (rest[at] === '-' && rest[at + 1] !== ']' && at + 1 < rest.length) {
      const to = memberAt(rest, at + 1);
      if (to === undefined) return undefined;
      at += 1 + to.length;
      // A range that runs backwards holds nothing.
      if (from.character <= to.character) members += `${literal(from.character)}-${literal(to.character)}`;
    } else {
      members += literal(from.character);
    }
  }
  const source = negated ? `(?!/)[^${members}]` : `(?!/)[${members}]`;
  return { source, length: at + 1 };
}

function memberAt(rest: string, at: number): { readonly character: string; readonly length: number } | undefined {
  const escaped = rest[at] === '\\';
  const code = rest.codePointAt(at + (escaped ? 1 : 0));
  if (code === undefined) return undefined;
  const character = String.fromCodePoint(code);
  return { character, length: character.length + (escaped ? 1 : 0) };
}
