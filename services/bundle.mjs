// The services as two files without node_modules: node services/bundle.mjs OUT
import path from 'node:path';
import { build } from 'esbuild';

const root = path.resolve(import.meta.dirname, '..');
const out = process.argv[2];
if (out === undefined) throw new Error('where to?');

const shared = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  mainFields: ['module', 'main'],
  minify: true,
  sourcemap: true,
  sourcesContent: false,
  // Needed only where no bundle of the router's process lies next to the services; here one does.
  external: ['esbuild'],
  // Packages in CommonJS call require, which ES modules do not have.
  banner: {
    js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
  },
};
await build({ ...shared, entryPoints: [path.join(root, 'bin/services.ts')], outfile: path.join(out, 'services.mjs') });
await build({
  ...shared,
  entryPoints: [path.join(root, 'services/router/process.ts')],
  outfile: path.join(out, 'router-process.mjs'),
});
