import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { IMAGE } from '../../docker/image.ts';
import { ROOT } from './background.ts';

export const BUILDER_IMAGE = 'dynoform-test:builder';
const PROGRAMS_IMAGE = 'dynoform-test:programs-of-builds';
/** The programs that lib/build/buildpacks.yml and builder/creator run. */
const PROGRAMS =
  `bash sh env node curl sed cut tr head tail sort ls cat id stat mktemp base64 sha256sum tar gzip chmod chown
  mkdir rm setpriv`.split(/\s+/);
/** As in Heroku's builder. */
const USER = { id: 1_000, group: 1_000 };

/** Replaces the Cloud Native Buildpacks builder, the image in which CodeBuild builds, which only a registry has. */
export function makeBuilderImage(): void {
  const directory = mkdtempSync(path.join(tmpdir(), 'builder-image-'));
  try {
    execFileSync('test/docker/make-image.sh', [PROGRAMS_IMAGE, ...PROGRAMS], { cwd: ROOT });
    const saved = path.join(directory, 'saved.tar');
    execFileSync('docker', ['image', 'save', '--output', saved, IMAGE]);
    const manifest = execFileSync('tar', ['-xOf', saved, 'manifest.json'], { encoding: 'utf8' });
    const [{ Layers }] = JSON.parse(manifest) as [{ readonly Layers: readonly [string] }];
    execFileSync('tar', ['-xf', saved, '-C', directory, Layers[0]]);
    copyFileSync(path.join(__dirname, 'builder/creator'), path.join(directory, 'creator'));
    const lines = [
      `FROM ${PROGRAMS_IMAGE}`,
      'COPY creator /cnb/lifecycle/',
      `COPY ${Layers[0]} /cnb/run-image.tar`,
      `ENV CNB_USER_ID=${USER.id} CNB_GROUP_ID=${USER.group}`,
    ];
    writeFileSync(path.join(directory, 'Dockerfile'), `${lines.join('\n')}\n`);
    writeFileSync(path.join(directory, '.dockerignore'), 'saved.tar\n');
    execFileSync('docker', ['build', '--quiet', '--tag', BUILDER_IMAGE, directory]);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
