import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export interface KeptOutput {
  /** Where outputs are kept. */
  readonly cache: string;
  readonly name: string;
  /** Names of inputs are relative to this directory. */
  readonly root: string;
  /** Writes into the directory; returns every file that determines the output. */
  make(directory: string): readonly string[];
}

interface Note {
  readonly inputs: readonly string[];
  readonly key: string;
}

/**
 * Calls `use` with the directory of an output, which is made again only when one of its inputs has changed. Several processes
 * may do so at the same time. The directory must not be changed.
 */
export function withKeptOutput<T>(output: KeptOutput, use: (directory: string) => T): T {
  const { cache, name, root } = output;
  const noteFile = path.join(cache, `${name}.json`);
  const directoryOf = (key: string): string => path.join(cache, `${name}-${key}`);
  const note = readNote(noteFile);
  if (note !== undefined && note.key === keyOf(root, note.inputs) && existsSync(directoryOf(note.key))) {
    return use(directoryOf(note.key));
  }
  mkdirSync(cache, { recursive: true });
  const fresh = mkdtempSync(path.join(cache, `${name}-`));
  try {
    const startedAtMs = Date.now();
    const inputs = output.make(fresh);
    // The input may have changed before or after it was read, so this output is used only once.
    if (inputs.some((input) => statSync(path.join(root, input)).mtimeMs >= startedAtMs)) return use(fresh);
    const key = keyOf(root, inputs);
    if (key === undefined) return use(fresh);
    moveUnlessThere(fresh, directoryOf(key));
    writeFileSync(`${fresh}.json`, JSON.stringify({ inputs, key } satisfies Note));
    renameSync(`${fresh}.json`, noteFile);
    if (note !== undefined && note.key !== key) rmSync(directoryOf(note.key), { recursive: true, force: true });
    return use(directoryOf(key));
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** Another process may have made the same output meanwhile. */
function moveUnlessThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  }
}

function readNote(file: string): Note | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Hash of the names and contents of all inputs. Undefined: one of them cannot be read. */
function keyOf(root: string, inputs: readonly string[]): string | undefined {
  const hash = createHash('sha256');
  try {
    for (const input of inputs) {
      const content = readFileSync(path.join(root, input));
      hash.update(`${input}\0${content.length}\0`).update(content);
    }
  } catch {
    return undefined;
  }
  return hash.digest('hex').slice(0, 32);
}
