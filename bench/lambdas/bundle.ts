import { readdirSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

export const ROOT = path.resolve(import.meta.dirname, '../..');

export const functionNames = (): readonly string[] =>
  readdirSync(path.join(ROOT, 'lambdas'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();

/** As the CDK bundles a function: lib/control/platform-function.ts. */
export async function bundle(
  entry: string,
  outfile: string,
): Promise<{ readonly bytes: number; readonly parts: Parts }> {
  const { metafile } = await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    mainFields: ['module', 'main'],
    minify: true,
    sourcemap: true,
    sourcesContent: false,
    metafile: true,
    logLevel: 'error',
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
  });
  const output = Object.entries(metafile.outputs).find(([name]) => name.endsWith('.mjs'))?.[1];
  if (output === undefined) throw new Error(`esbuild made no bundle of ${entry}`);
  return { bytes: output.bytes, parts: byPackage(output.inputs) };
}

export type Parts = ReadonlyMap<string, number>;

function byPackage(inputs: Readonly<Record<string, { readonly bytesInOutput: number }>>): Parts {
  const parts = new Map<string, number>();
  for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
    const [, name] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file) ?? [];
    const part = name ?? file.split('/')[0] ?? file;
    parts.set(part, (parts.get(part) ?? 0) + bytesInOutput);
  }
  return parts;
}
