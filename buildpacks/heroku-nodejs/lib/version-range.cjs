// The part of npm's version ranges that `engines` uses: comparators, x-ranges, ~, ^, hyphens and ||.
'use strict';

function parse(text) {
  const match = /^[v=\s]*(\d+|[xX*])?(?:\.(\d+|[xX*]))?(?:\.(\d+|[xX*]))?(?:[-+].*)?$/.exec(text);
  if (match === null) return undefined;
  const parts = match.slice(1, 4).map((part) => (part === undefined || /[xX*]/.test(part) ? undefined : Number(part)));
  const known = parts.indexOf(undefined);
  return known < 0 ? parts : parts.slice(0, known);
}

const filled = (parts) => [0, 1, 2].map((index) => parts[index] ?? 0);

function compare(a, b) {
  for (let index = 0; index < 3; index += 1) if (a[index] !== b[index]) return a[index] - b[index];
  return 0;
}

/** The first version after all those that begin with `parts`. */
function next(parts) {
  if (parts.length === 0) return [Number.POSITIVE_INFINITY, 0, 0];
  return filled([...parts.slice(0, -1), parts[parts.length - 1] + 1]);
}

/** `[from, below]`, or undefined if it cannot be parsed. */
function interval(comparator) {
  const [, operator, rest] = /^(>=|<=|>|<|\^|~>?|=)?\s*(.*)$/.exec(comparator);
  const parts = parse(rest);
  if (parts === undefined) return undefined;
  const from = filled(parts);
  const end = [Number.POSITIVE_INFINITY, 0, 0];
  if (operator === '>=') return [from, end];
  if (operator === '>') return [parts.length < 3 ? next(parts) : next(from), end];
  if (operator === '<') return [[0, 0, 0], from];
  if (operator === '<=') return [[0, 0, 0], next(parts)];
  if (operator === '^') {
    const lead = parts.findIndex((part) => part > 0);
    return [from, next(parts.slice(0, lead < 0 ? parts.length : lead + 1))];
  }
  if (operator?.startsWith('~')) return [from, next(parts.slice(0, Math.min(2, parts.length)))];
  return [from, next(parts)];
}

/** A range that cannot be parsed fits: no warning is better than a wrong one. */
function satisfies(version, range) {
  const actual = filled(parse(version));
  return range.split('||').some((alternative) => {
    const hyphen = /^\s*(\S+)\s+-\s+(\S+)\s*$/.exec(alternative);
    const comparators =
      hyphen === null
        ? alternative
            .replace(/(>=|<=|>|<|\^|~>?|=)\s+/g, '$1')
            .split(/\s+/)
            .filter(Boolean)
        : [`>=${hyphen[1]}`, `<=${hyphen[2]}`];
    return comparators.every((comparator) => {
      const bounds = interval(comparator);
      return bounds === undefined || (compare(actual, bounds[0]) >= 0 && compare(actual, bounds[1]) < 0);
    });
  });
}

module.exports = { satisfies };
