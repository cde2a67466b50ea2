import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchBuildpack } from '../../../../adapters/local/builder/fetch-buildpack.ts';
import { tarball } from './build-fixture.ts';

const path = process.env.PATH ?? '';
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fetch-buildpack-'));
  mkdirSync(join(directory, 'programs'));
});
afterEach(() => {
  process.env.PATH = path;
  rmSync(directory, { recursive: true, force: true });
});

/** This machine and this network play the public internet. */
const bring = (name: string, addresses = ['127.0.0.1']) =>
  fetchBuildpack(name, join(directory, 'copy'), {
    shippedDirectory: '/nowhere',
    reach: {
      resolve: async () => addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      allows: () => true,
    },
    environment: { PATH: `${join(directory, 'programs')}:/usr/bin:/bin`, OWN: 'own' },
    signal: new AbortController().signal,
  });
const FINE = { ok: true, value: undefined };
const refused = (error: unknown) => ({ ok: false, error });

describe('from a tarball', () => {
  let server: Server;
  let url: string;
  let content: Buffer | 'breaks' | 404;
  beforeEach(async () => {
    server = createServer((_request, response) => {
      if (content === 404) response.writeHead(404).end();
      else if (content === 'breaks') response.write('x', () => response.destroy());
      else response.end(content);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://buildpack.test:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  test.each([
    { name: 'files themselves', entries: { 'bin/detect': 'd', a: 'a' }, there: ['a', 'bin'] },
    { name: 'one directory', entries: { 'top/bin/detect': 'd', 'top/a': 'a' }, there: ['a', 'bin'] },
    { name: 'nothing but scripts', entries: { 'bin/detect': 'd' }, there: ['bin'] },
  ])('of $name', async ({ entries, there }) => {
    content = await tarball(entries as Record<string, string>);
    expect(await bring(`${url}/x.tgz`)).toEqual(FINE);
    expect(readdirSync(join(directory, 'copy')).sort()).toEqual(there);
    expect(readdirSync(directory).sort()).toEqual(['copy', 'programs']);
  });

  test('by either of its names', async () => {
    content = await tarball({ 'bin/detect': 'd' });
    expect(await bring(`${url}/x.tar.gz#main`)).toEqual(FINE);
    expect(await bring(`${url}/xtgz`)).toEqual(refused('git buildpacks can only be cloned from https:// URLs'));
    expect(await bring(`${url}/x.tgz.x`)).toEqual(refused('git buildpacks can only be cloned from https:// URLs'));
  });

  test('that is none, breaks off, or is not there', async () => {
    content = Buffer.from('no tarball');
    expect(await bring(`${url}/x.tgz`)).toEqual(refused(expect.stringMatching(/^not a readable gzip'ed tarball: /)));
    content = 'breaks';
    expect(await bring(`${url}/x.tgz`)).toEqual(refused('the download was interrupted'));
    content = 404;
    expect(await bring(`${url}/x.tgz`)).toEqual(refused(`${new URL(url).host} answered 404`));
    content = await tarball({ 'bin/compile': 'c' });
    expect(await bring(`${url}/x.tgz`)).toEqual(refused('it has no bin/detect'));
  });
});

describe('by git', () => {
  /** A git with this version that records its arguments and does the rest. */
  function git(version: string, ...lines: readonly string[]): () => readonly string[] {
    const log = join(directory, 'git.log');
    const script = [
      `[ "$1" = --version ] && { echo "git version ${version}"; exit 0; }`,
      `{ for each; do echo "$each"; done; env | grep -e ^GIT_ -e ^OWN= | sort; pwd; } > ${log}`,
      'for last; do :; done',
      ...lines,
    ];
    writeFileSync(join(directory, 'programs', 'git'), `#!/bin/sh\n${script.join('\n')}\n`);
    chmodSync(join(directory, 'programs', 'git'), 0o755);
    process.env.PATH = `${join(directory, 'programs')}:${path}`;
    return () => readFileSync(log, 'utf8').trim().split('\n');
  }
  const CLONES = 'mkdir -p "$last/bin"; touch "$last/bin/detect"';
  const SETTINGS = (pinned: string) =>
    ['http.followRedirects=false', `http.curloptResolve=${pinned}`, 'credential.helper='].flatMap((each) => [
      '-c',
      each,
    ]);
  const SEEN = [
    ...['GIT_ALLOW_PROTOCOL=https', 'GIT_CONFIG_GLOBAL=/dev/null', 'GIT_CONFIG_NOSYSTEM=1', 'GIT_TERMINAL_PROMPT=0'],
    ...['OWN=own', '/'],
  ];

  test('its history is left out, and git talks to the addresses that were vetted and no others', async () => {
    const called = git('2.37.0', CLONES);
    expect(await bring('https://a.test/x', ['192.0.2.1', '2001:db8::1'])).toEqual(FINE);
    expect(called()).toEqual([
      ...SETTINGS('a.test:443:192.0.2.1,[2001:db8::1]'),
      ...['clone', '--quiet', '--depth=1', '--', 'https://a.test/x', join(directory, 'copy')],
      ...SEEN,
    ]);
  });

  test('of a branch, and at another port', async () => {
    const called = git('3.0', CLONES);
    expect(await bring('https://a.test:8443/x#v1.2/_x-y', ['192.0.2.1'])).toEqual(FINE);
    expect(called()).toEqual([
      ...SETTINGS('a.test:8443:192.0.2.1'),
      ...[
        'clone',
        '--quiet',
        '--depth=1',
        '--branch=v1.2/_x-y',
        '--',
        'https://a.test:8443/x',
        join(directory, 'copy'),
      ],
      ...SEEN,
    ]);
  });

  test.each([
    { version: '2.36.9', works: false },
    { version: '1.99', works: false },
    { version: '2.37', works: true },
    { version: '3.1', works: true },
  ])('$version: $works', async ({ version, works }) => {
    git(version, CLONES);
    expect(await bring('https://a.test/x')).toEqual(
      works ? FINE : refused('cloning buildpacks needs git 2.37 or newer on this machine'),
    );
  });

  test.each(['-x', '', ' x', 'a b', '.a', '/a', 'a~1', `a${'b'.repeat(201)}`])('not of a branch %j', async (branch) => {
    git('2.40', CLONES);
    expect(await bring(`https://a.test/x#${branch}`)).toEqual(refused('the branch name is not valid'));
  });

  test('a branch may have a name of 201 characters', async () => {
    git('2.40', CLONES);
    expect(await bring(`https://a.test/x#a${'b'.repeat(200)}`)).toEqual(FINE);
  });

  test.each([
    { lines: ['echo "warning: x"', 'echo "fatal: no such repository" >&2', 'exit 128'], says: 'no such repository' },
    { lines: ['exit 3'], says: 'git clone ended with 3' },
    { lines: [`echo "fatal: ${'x'.repeat(400)}"`, 'exit 1'], says: 'x'.repeat(300) },
  ])('what git says is why: $says', async ({ lines, says }) => {
    git('2.40', ...lines);
    expect(await bring('https://a.test/x')).toEqual(refused(says));
  });
});
