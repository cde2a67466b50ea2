/**
 * A shell pattern as git reads it. Patterns come from strangers: a regular expression could take hours for a short one
 * (`*a*a*a*a*b`); this takes at most its length times the path's.
 */
export type Glob = readonly Step[];

type Step =
  /** One character. */
  | { readonly kind: 'one'; readonly test: (code: number) => boolean }
  /** `*`: any number of characters within one part. */
  | { readonly kind: 'some' }
  /** `**` and a slash: any number of whole parts. Takes two states: between parts, and inside one. */
  | { readonly kind: 'parts' }
  | { readonly kind: 'inside-part' }
  /** `**` at the end: everything beneath. */
  | { readonly kind: 'rest' };

const SLASH = 0x2f;

/** Undefined: the pattern is broken (a bracket that does not close, a backslash at the end) and matches nothing. */
export function parseGlob(text: string): Glob | undefined {
  const characters = [...text];
  const steps: Step[] = [];
  for (let at = 0; at < characters.length; ) {
    const character = characters[at] ?? '';
    const atPartStart = at === 0 || characters[at - 1] === '/';
    const stars = countStars(characters, at);
    if (stars === 2 && atPartStart && characters[at + 2] === '/') {
      steps.push({ kind: 'parts' }, { kind: 'inside-part' });
      at += 3;
    } else if (stars === 2 && atPartStart && at + 2 === characters.length) {
      steps.push({ kind: 'rest' });
      at += 2;
    } else if (stars > 0) {
      steps.push({ kind: 'some' });
      at += stars;
    } else if (character === '?') {
      steps.push({ kind: 'one', test: (code) => code !== SLASH });
      at += 1;
    } else if (character === '[') {
      const bracket = parseBracket(characters, at);
      if (bracket === undefined) return undefined;
      steps.push({ kind: 'one', test: bracket.test });
      at = bracket.end;
    } else {
      const literal = character === '\\' ? characters[at + 1] : character;
      if (literal === undefined) return undefined;
      const wanted = literal.codePointAt(0);
      steps.push({ kind: 'one', test: (code) => code === wanted });
      at += character === '\\' ? 2 : 1;
    }
  }
  return steps;
}

/** Follows all ways through the pattern at the same time. */
export function matchesGlob(glob: Glob, path: string): boolean {
  let states = new Set<number>();
  reach(glob, 0, states);
  for (const character of path) {
    const code = character.codePointAt(0) ?? 0;
    const next = new Set<number>();
    for (const state of states) {
      const to = advance(glob[state], state, code);
      if (to !== undefined) reach(glob, to, next);
      if (glob[state]?.kind === 'rest') reach(glob, state + 1, next);
    }
    if (next.size === 0) return false;
    states = next;
  }
  return states.has(glob.length);
}

/** Adds the state, and those that follow without a character. */
function reach(glob: Glob, state: number, states: Set<number>): void {
  if (states.has(state)) return;
  states.add(state);
  const kind = glob[state]?.kind;
  if (kind === 'some') reach(glob, state + 1, states);
  if (kind === 'parts') reach(glob, state + 2, states);
}

function advance(step: Step | undefined, state: number, code: number): number | undefined {
  switch (step?.kind) {
    case 'one':
      return step.test(code) ? state + 1 : undefined;
    case 'some':
      return code === SLASH ? undefined : state;
    case 'parts':
      return code === SLASH ? undefined : state + 1;
    case 'inside-part':
      return code === SLASH ? state - 1 : state;
    case 'rest':
      return state;
    default:
      return undefined;
  }
}

function countStars(characters: readonly string[], from: number): number {
  let count = 0;
  while (characters[from + count] === '*') count += 1;
  return count;
}

type Range = readonly [from: number, to: number];

const range = (from: string, to = from): Range => [from.codePointAt(0) ?? 0, to.codePointAt(0) ?? 0];
const DIGIT = range('0', '9');
const LOWER = range('a', 'z');
const UPPER = range('A', 'Z');

const CLASSES: Readonly<Record<string, readonly Range[]>> = {
  alnum: [DIGIT, LOWER, UPPER],
  alpha: [LOWER, UPPER],
  blank: [range(' '), range('\t')],
  digit: [DIGIT],
  lower: [LOWER],
  punct: [range('!', '/'), range(':', '@'), range('[', '`'), range('{', '~')],
  space: [range(' '), range('\t', '\r')],
  upper: [UPPER],
  xdigit: [DIGIT, range('a', 'f'), range('A', 'F')],
};

/** `[a-z]`, `[!a]`, `[^a]`, `[]a]`, `[[:digit:]]`; never matches a slash. `at` is the position of the opening bracket. */
function parseBracket(
  characters: readonly string[],
  at: number,
): { readonly test: (code: number) => boolean; readonly end: number } | undefined {
  const negated = characters[at + 1] === '!' || characters[at + 1] === '^';
  const first = at + (negated ? 2 : 1);
  const ranges: Range[] = [];
  let next = first;
  while (next === first || characters[next] !== ']') {
    const named = parseClass(characters, next);
    if (named !== undefined) {
      const known = CLASSES[named.name];
      if (known === undefined) return undefined;
      ranges.push(...known);
      next = named.end;
      continue;
    }
    const from = member(characters, next);
    if (from === undefined) return undefined;
    next = from.end;
    if (characters[next] === '-' && characters[next + 1] !== ']') {
      const to = member(characters, next + 1);
      if (to === undefined) return undefined;
      ranges.push([from.code, to.code]);
      next = to.end;
    } else ranges.push([from.code, from.code]);
  }
  const holds = (code: number) => ranges.some(([from, to]) => from <= code && code <= to);
  return { test: (code) => code !== SLASH && holds(code) !== negated, end: next + 1 };
}

function parseClass(characters: readonly string[], at: number) {
  if (characters[at] !== '[' || characters[at + 1] !== ':') return undefined;
  const close = characters.indexOf(']', at + 2);
  if (close < 0 || characters[close - 1] !== ':' || close - 1 < at + 2) return undefined;
  return { name: characters.slice(at + 2, close - 1).join(''), end: close + 1 };
}

function member(characters: readonly string[], at: number) {
  const escaped = characters[at] === '\\';
  const code = characters[at + (escaped ? 1 : 0)]?.codePointAt(0);
  return code === undefined ? undefined : { code, end: at + (escaped ? 2 : 1) };
}
