import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DynoSpec } from '../../../core/ports/dyno-runtime.ts';
import { image } from '../../artifacts.ts';
import { IMAGE } from '../../docker/image.ts';
import type { Account } from './account.ts';

/** The slug of a build whose image is in the account's registry. */
export function pushSlug(account: Account): DynoSpec['slug'] {
  const digest = account.push(buildImage());
  return { id: 'slug', artifact: image({ digest }), checksum: digest.replace('sha256', 'SHA256') };
}

/** As a build makes it: the app's file in `/app`, owned by the user that runs it. */
function buildImage(): string {
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
