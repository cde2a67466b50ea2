import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const SPECIFIER = /\bfrom '(\.[^']+)'|\bimport\('(\.[^']+)'\)|^import '(\.[^']+)'/gm;

/** The files that a file's text imports, as paths from the project's root. */
function importsOf(file: string): readonly string[] {
  return [...readFileSync(file, 'utf8').matchAll(SPECIFIER)]
    .map(([, from, dynamic, bare]) => join(dirname(file), (from ?? dynamic ?? bare) as string))
    .filter((imported) => imported.endsWith('.ts') && existsSync(imported));
}

/** A file and everything that it imports, directly or through others. */
export function reachedFrom(file: string, known: Map<string, readonly string[]>): ReadonlySet<string> {
  const reached = new Set([file]);
  for (const each of reached) {
    const imports = known.get(each) ?? importsOf(each);
    known.set(each, imports);
    for (const imported of imports) reached.add(imported);
  }
  return reached;
}
