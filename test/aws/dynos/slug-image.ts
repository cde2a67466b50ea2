import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IMAGE } from '../../docker/image.ts';

/** An image as a build makes it: the app's file in `/app`, which belongs to the user that runs it. */
export function buildSlugImage(): string {
  const directory = mkdtempSync(join(tmpdir(), 'slug-image-'));
  try {
    mkdirSync(join(directory, 'app'));
    writeFileSync(join(directory, 'app/hello.txt'), 'hello\n');
    const lines = [`FROM ${IMAGE}`, 'COPY --chown=1000:1000 app /app', 'USER 1000:1000'];
    writeFileSync(join(directory, 'Dockerfile'), `${lines.join('\n')}\n`);
    return execFileSync('docker', ['build', '--quiet', directory], { encoding: 'utf8' }).trim();
  } finally {
    rmSync(directory, { recursive: true });
  }
}
