import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync, type Metafile } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
const NODE_HTTP = './lambdas/node-http.cjs';

/**
 * Bundles one function of `lambdas/` as ES modules: `index.mjs`, and chunks for what it imports later. A cold start pays for
 * each byte that it loads, needed or not.
 */
export function bundleFunction(entry: string, directory: string): Metafile {
  const { outputFiles, metafile } = buildSync({
    absWorkingDir: root,
    entryPoints: [{ in: entry, out: 'index' }],
    // Not where they are written: the maps name sources relative to this, and must not name the bundling machine.
    outdir: 'bundle',
    outExtension: { '.js': '.mjs' },
    chunkNames: '[hash]',
    write: false,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    mainFields: ['module', 'main'],
    alias: { 'node:http': NODE_HTTP, http: NODE_HTTP },
    minify: true,
    sourcemap: true,
    // Errors need lines, not the whole source again.
    sourcesContent: false,
    metafile: true,
    logLevel: 'error',
    // Packages in CommonJS call require, which ES modules do not have.
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
  });
  mkdirSync(directory, { recursive: true });
  for (const file of outputFiles) writeFileSync(path.join(directory, path.basename(file.path)), file.contents);
  return metafile;
}
