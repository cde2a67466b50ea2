import { type Failure, invalid } from '../failure.ts';
import type { Random } from '../ports/random.ts';
import { err, ok, type Result } from '../result.ts';

const NAME = /^[a-z][a-z0-9-]{1,28}[a-z0-9]$/;
/** Their host names are the platform's own, or would mislead users. */
const RESERVED: ReadonlySet<string> = new Set(['api', 'git', 'www']);

export function isAppName(name: string): boolean {
  return NAME.test(name);
}

export function checkAppName(name: string): Result<string, Failure> {
  if (name.length < 3) return err(invalid('Name is too short (minimum is 3 characters)'));
  if (name.length > 30) return err(invalid('Name is too long (maximum is 30 characters)'));
  if (!isAppName(name)) {
    return err(
      invalid(
        'Name must start with a letter, end with a letter or digit and can only contain lowercase letters, digits, and dashes.',
      ),
    );
  }
  return RESERVED.has(name) ? err(nameTaken(name)) : ok(name);
}

export function nameTaken(name: string): Failure {
  return invalid(`Name ${name} is already taken`);
}

/** 28 × 28 pairs and 90,000 numbers: a second try is enough even with many thousands of apps. */
const ADJECTIVES =
  'ancient autumn bold bright calm crimson damp dark dawn dry fierce frozen gentle hidden icy lively misty morning noble pure quiet rapid salty secret shielded still vast young'.split(
    ' ',
  );
const NOUNS =
  'beach brook canyon cliff cove dawn dusk earth everglades field fjord forest garden harbor island lake meadow mesa mountain ocean plains reef ridge river savannah sea tundra woodland'.split(
    ' ',
  );

/** `pure-everglades-12329` */
export function randomAppName(random: Random): string {
  return `${randomWords(random)}-${10_000 + Math.floor(random.next() * 90_000)}`;
}

/** `pure-everglades` */
export function randomWords(random: Random): string {
  const pick = (words: readonly string[]) => words[Math.floor(random.next() * words.length)];
  return `${pick(ADJECTIVES)}-${pick(NOUNS)}`;
}
