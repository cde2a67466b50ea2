import { gzipSync } from 'node:zlib';

/** ECS reads at most 32 KB of a line in an environment file. */
const VALUE_LENGTH_MAX = 30_000;

/**
 * Variables for an ECS environment file, which supports no line breaks, no quotes and, on Fargate, no empty values: `K=V`
 * ended by NUL, gzip, base64, split into as many variables as needed. The same input always gives the same text.
 */
export function packVariables(name: string, variables: Readonly<Record<string, string>>): Record<string, string> {
  const pairs = Object.entries(variables)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, value]) => `${key}=${value}\0`);
  return packed(name, pairs.join(''));
}

/** Packs a text that is too long for an override in the same form. */
export function packText(name: string, text: string): Record<string, string> {
  return packed(name, text);
}

function packed(name: string, text: string): Record<string, string> {
  const base64 = gzipSync(text, { level: 9 }).toString('base64');
  const parts: Record<string, string> = {};
  for (let from = 0; from < base64.length; from += VALUE_LENGTH_MAX) {
    const number = from / VALUE_LENGTH_MAX;
    parts[number === 0 ? name : `${name}_${number}`] = base64.slice(from, from + VALUE_LENGTH_MAX);
  }
  return parts;
}

/** One line per variable, as ECS reads them. */
export function environmentFile(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
