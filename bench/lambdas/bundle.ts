import { readdirSync } from 'node:fs';
import path from 'node:path';
import { bundleFunction } from '../../lib/control/bundle-function.ts';

export const ROOT = path.resolve(import.meta.dirname, '../..');

export const functionNames = (): readonly string[] =>
  readdirSync(path.join(ROOT, 'lambdas'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();

export interface Bundle {
  /** Including what is loaded later. */
  readonly bytes: number;
  /** Loaded before the handler can be called. */
  readonly firstBytes: number;
  /** The share of `firstBytes` by package or folder. */
  readonly parts: ReadonlyMap<string, number>;
}

export function bundle(entry: string, directory: string): Bundle {
  const outputs = Object.entries(bundleFunction(entry, directory).outputs).filter(([name]) => name.endsWith('.mjs'));
  const byName = new Map(outputs);
  const first = new Set<string>();
  const load = (name: string): void => {
    if (first.has(name)) return;
    first.add(name);
    for (const { kind, path, external } of byName.get(name)?.imports ?? []) {
      if (kind === 'import-statement' && external !== true) load(path);
    }
  };
  for (const [name, { entryPoint }] of outputs) if (entryPoint === entry) load(name);
  const loaded = outputs.filter(([name]) => first.has(name)).map(([, output]) => output);
  const sum = (sizes: readonly { readonly bytes: number }[]) => sizes.reduce((total, { bytes }) => total + bytes, 0);
  const parts = new Map<string, number>();
  for (const [file, { bytesInOutput }] of loaded.flatMap(({ inputs }) => Object.entries(inputs))) {
    const [, name] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file) ?? [];
    const part = name ?? file.split('/')[0] ?? file;
    parts.set(part, (parts.get(part) ?? 0) + bytesInOutput);
  }
  return { bytes: sum(outputs.map(([, output]) => output)), firstBytes: sum(loaded), parts };
}
