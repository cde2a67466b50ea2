import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Edit } from './mutants/mutant.ts';

const JEST_NEEDS = [
  'adapters',
  'api',
  'core',
  'services',
  'test/api',
  'test/core',
  'test/kill-points.ts',
  'test/temporary-directory',
  'test/fast-check.cjs',
  'test/jest',
  // Helpers of several tests.
  ...readdirSync('test').flatMap((name) => (name.endsWith('.ts') ? [`test/${name}`] : [])),
  // Jest checks that each project's files exist.
  'test/docker/teardown.ts',
  'jest.config.cjs',
  'package.json',
  'tsconfig.json',
];

/**
 * A copy of what unit tests need, where bugs are planted and removed again. Made when first needed and kept: jest compiles its
 * files for the first bug only.
 */
export class Copy {
  readonly #root: string;
  #directory: string | undefined;

  constructor(root: string) {
    this.#root = root;
  }

  async planted<T>(edits: readonly Edit[], work: (directory: string) => Promise<T>): Promise<T> {
    this.#directory ??= this.#make();
    const directory = this.#directory;
    const texts = edited(directory, edits);
    const unchanged = new Map([...texts.keys()].map((file) => [file, readFileSync(file, 'utf8')]));
    try {
      for (const [file, text] of texts) writeFileSync(file, text);
      return await work(directory);
    } finally {
      for (const [file, text] of unchanged) writeFileSync(file, text);
    }
  }

  remove(): void {
    if (this.#directory !== undefined) rmSync(this.#directory, { recursive: true, force: true });
  }

  #make(): string {
    const directory = mkdtempSync(path.join(tmpdir(), 'planted-'));
    for (const part of JEST_NEEDS) cpSync(path.join(this.#root, part), path.join(directory, part), { recursive: true });
    symlinkSync(path.join(this.#root, 'node_modules'), path.join(directory, 'node_modules'));
    return directory;
  }
}

/** The new texts of the changed files, by absolute path. */
export function edited(directory: string, edits: readonly Edit[]): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const { file, find, replace } of edits) {
    const at = path.join(directory, file);
    const text = texts.get(at) ?? readFileSync(at, 'utf8');
    const times = text.split(find).length - 1;
    if (times !== 1) throw new Error(`its text occurs ${times} times in ${file}, and must occur once:\n${find}`);
    texts.set(
      at,
      text.replace(find, () => replace),
    );
  }
  return texts;
}
