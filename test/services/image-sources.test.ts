import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { build } from 'esbuild';
import { IMAGE_SOURCES } from '../../lib/services/image-sources.ts';

const isSent = (file: string): boolean =>
  IMAGE_SOURCES.some(
    (source) =>
      file === source || file.startsWith(`${source}/`) || (source.endsWith('/*.ts') && directlyIn(file, source)),
  );

const directlyIn = (file: string, glob: string): boolean => path.dirname(file) === path.dirname(glob);

test('the image is given all that the services are bundled from', async () => {
  const { metafile } = await build({
    entryPoints: ['bin/services.ts', 'services/router/process.ts'],
    outdir: 'out',
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    write: false,
    metafile: true,
  });
  expect(Object.keys(metafile.inputs).filter((file) => !isSent(file))).toEqual([]);
});

test('the image is given nothing of how dynos run on one machine', () => {
  const files = execFileSync('git', ['ls-files', 'adapters/local', 'test', 'lib'], { encoding: 'utf8' }).split('\n');
  expect(files.filter(isSent)).toEqual(['adapters/local/live-stream.ts', 'adapters/local/output-streams.ts']);
});
