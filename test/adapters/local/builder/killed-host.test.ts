import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openBuildFixture, tarball, until } from './build-fixture.ts';

/** `/proc` shows an ended process as a zombie until its parent reaps it; macOS has no /proc. */
function runs(id: number): boolean {
  try {
    process.kill(id, 0);
    return !existsSync('/proc/self/stat') || !/\) Z /.test(readFileSync(`/proc/${id}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

async function readIds(path: string): Promise<number[]> {
  await until(() => existsSync(path) && readFileSync(path, 'utf8').split('\n').length === 3, 30_000);
  return readFileSync(path, 'utf8').trim().split('\n').map(Number);
}

let host: ChildProcess | undefined;
afterEach(() => host?.kill('SIGKILL'));

test('kill -9 of the platform ends what its builds run, and the next start clears the rest', async () => {
  const fixture = await openBuildFixture();
  try {
    const ids = join(fixture.directory, 'ids');
    // One process in the build's group, and one that has left it, which only the next start can find.
    const buildpack = fixture.buildpack({
      'bin/compile': `trap '' TERM HUP
        node -e 'const child = require("child_process").spawn("sleep", ["300"], {detached: true, stdio: "ignore"}); child.unref(); console.log(child.pid)' >> ${ids}
        sleep 301 & echo $! >> ${ids}; wait`,
    });
    const source = join(fixture.directory, 'source.tgz');
    writeFileSync(source, await tarball({ Procfile: 'web: a' }));
    host = spawn(
      process.execPath,
      ['--import', 'tsx', 'test/fixtures/build-host.ts', fixture.directory, buildpack, source],
      { stdio: 'ignore' },
    );
    const [escaped = 0, inGroup = 0] = await readIds(ids);
    expect([runs(escaped), runs(inGroup)]).toEqual([true, true]);
    host.kill('SIGKILL');
    await until(() => !runs(inGroup));
    expect(readdirSync(join(fixture.directory, 'builds'))).toEqual(['build-1']);

    await fixture.builder.cleanInterrupted();
    expect(readdirSync(join(fixture.directory, 'builds'))).toEqual([]);
    if (process.platform === 'linux') await until(() => !runs(escaped));
    else if (runs(escaped)) process.kill(escaped, 'SIGKILL');
  } finally {
    await fixture.close();
  }
}, 60_000);
