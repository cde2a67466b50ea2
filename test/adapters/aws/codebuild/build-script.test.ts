import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { readResult } from '../../../../adapters/aws/codebuild/result-manifest.ts';
import { packVariables } from '../../../../adapters/aws/ecs-runtime/pack-variables.ts';

const SPEC = parse(readFileSync(resolve(__dirname, '../../../../lib/build/buildpacks.yml'), 'utf8'));
const SCRIPT: string = SPEC.phases.build.commands.join('\n');
const DIGEST = `sha256:${'d'.repeat(64)}`;
const CONFIG_DIGEST = `sha256:${'c'.repeat(64)}`;
const METADATA = {
  buildpacks: [{ id: 'heroku/nodejs-engine' }, { id: 'heroku/procfile' }],
  processes: [{ type: 'web', command: ['bash', '-c'], args: ['node server.js'], direct: true }],
};
const APP_JSON = JSON.stringify({ cron: [{ command: 'rake tidy', schedule: '0 0 * * *' }] });

/** Replaces the lifecycle, which exists only in a builder image: shows its arguments, and reports an image. */
const CREATOR = `#!/bin/bash
for argument; do case $argument in -app=*) app=\${argument#-app=} ;; -platform=*) platform=\${argument#-platform=} ;; -report=*) report=\${argument#-report=} ;; esac; done
echo "files: $(cd "$app" && ls -A | tr '\\n' ' ')"
for file in "$platform"/env/*; do echo "env: $(basename "$file")=$(cat "$file")"; done
echo "own: $(env | grep -cE '^(DYNOFORM|AWS|CODEBUILD)_')"
if [ -f "$app/fail" ]; then exit "$(cat "$app/fail")"; fi
printf '[image]\\n  tags = ["x"]\\n  digest = "${DIGEST}"\\n' >"$report"
`;

let directory: string;
let server: Server;
let source: Buffer;
let output: string;
let result: string;
const config = Buffer.from(packVariables('C', { KEY: 'multi\nline "value"\n' }).C ?? '', 'base64');

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'build-script-'));
  mkdirSync(join(directory, 'bin'));
  writeFileSync(join(directory, 'bin', 'creator'), CREATOR);
  chmodSync(join(directory, 'bin', 'creator'), 0o755);
  output = '';
  result = '';
  source = tarball({ 'server.js': '1', 'app.json': APP_JSON });
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const answers: Record<string, () => string | Buffer | undefined> = {
      'GET /source?signature=s': () => source,
      'GET /config': () => config,
      'PUT /result': () => {
        result = body;
        return '';
      },
      'POST /streams/token': () => {
        output += body;
        return '';
      },
      [`GET /v2/slugs/manifests/${DIGEST}`]: () =>
        JSON.stringify(
          { config: { digest: CONFIG_DIGEST, size: 7 }, layers: [{ size: 100 }, { size: 20 }] },
          undefined,
          2,
        ),
      [`GET /v2/slugs/blobs/${CONFIG_DIGEST}`]: () =>
        JSON.stringify({ config: { Labels: { 'io.buildpacks.build.metadata': JSON.stringify(METADATA) } } }),
    };
    const answer = answers[`${request.method} ${request.url}`]?.();
    response.writeHead(answer === undefined ? 404 : 200);
    response.end(answer);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(directory, { recursive: true, force: true });
});

function tarball(files: Record<string, string>, top = '.'): Buffer {
  const root = join(directory, 'source');
  rmSync(root, { recursive: true, force: true });
  mkdirSync(join(root, top), { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(root, top, name), content);
  return execFileSync('tar', ['-cz', '-C', root, '.']);
}

async function run(changes: Record<string, string> = {}): Promise<number | null> {
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const child = spawn('bash', ['-c', SCRIPT], {
    env: {
      PATH: `${join(directory, 'bin')}:${process.env.PATH}`,
      TMPDIR: directory,
      CNB_USER_ID: '0',
      CNB_GROUP_ID: '0',
      CNB_BUILDPACKS_DIR: join(directory, 'buildpacks'),
      AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/secret',
      DYNOFORM_SOURCE_URL: `http://${host}/source?signature=s`,
      DYNOFORM_SOURCE_SHA256: createHash('sha256').update(source).digest('hex'),
      DYNOFORM_CONFIG_URL: `http://${host}/config`,
      DYNOFORM_RESULT_URL: `http://${host}/result`,
      DYNOFORM_OUTPUT_URL: `http://${host}/streams/token`,
      DYNOFORM_IMAGE: `${host}/slugs:build`,
      DYNOFORM_CACHE_IMAGE: `${host}/caches:app`,
      DYNOFORM_BUILDPACKS: '',
      ...changes,
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [status] = await once(child, 'exit');
  return status;
}

test('a build tells of its image, its output is seen, and the buildpacks see neither credentials nor URLs', async () => {
  expect(await run()).toBe(0);
  expect(output).toBe('files: app.json server.js \nenv: KEY=multi\nline "value"\nown: 0\n');
  expect(readResult(result)).toEqual({
    ok: true,
    value: {
      digest: `sha256:${'d'.repeat(64)}`,
      sizeBytes: 127,
      checksum: `SHA256:${'d'.repeat(64)}`,
      processTypes: { web: 'node server.js' },
      buildpackDescription: 'heroku/nodejs-engine',
      buildpacks: [],
      cron: [expect.objectContaining({ command: 'rake tidy' })],
    },
  });
});

test('a source with one directory at its top is that directory', async () => {
  source = tarball({ Procfile: 'web: x' }, 'repository-main');
  expect(await run()).toBe(0);
  expect(output).toContain('files: Procfile \n');
});

test('buildpacks that were chosen are an order of what the builder has', async () => {
  for (const path of ['heroku_nodejs/3.9.0', 'heroku_nodejs/3.10.1', 'heroku_procfile/4.0.0']) {
    mkdirSync(join(directory, 'buildpacks', path), { recursive: true });
  }
  writeFileSync(
    join(directory, 'bin', 'creator'),
    `${CREATOR}\nfor argument; do case $argument in -order=*) cat "\${argument#-order=}" ;; esac; done`,
  );
  expect(await run({ DYNOFORM_BUILDPACKS: 'heroku/nodejs heroku/procfile' })).toBe(0);
  expect(output).toContain(
    '[[order]]\n[[order.group]]\nid = "heroku/nodejs"\nversion = "3.10.1"\noptional = false\n[[order.group]]\nid = "heroku/procfile"\nversion = "4.0.0"\noptional = true\n',
  );
});

test.each([
  {
    name: 'a source that is not there',
    changes: { DYNOFORM_SOURCE_URL: 'http://127.0.0.1:9/none' },
    failure: 'Failed to fetch the source.',
  },
  {
    name: 'another source than was meant',
    changes: { DYNOFORM_SOURCE_SHA256: '0'.repeat(64) },
    failure: "The source's checksum does not match.",
  },
  {
    name: 'a buildpack that the builder lacks',
    changes: { DYNOFORM_BUILDPACKS: 'heroku/cobol' },
    failure: 'The builder has no buildpack heroku/cobol.',
  },
  {
    name: 'an app that nothing detects',
    files: { fail: '20' },
    failure: 'No default language could be detected for this app.',
  },
  { name: 'a buildpack that fails', files: { fail: '51' }, failure: 'The build failed.' },
])('$name fails the build, and says so to the user and to us', async ({ changes, files, failure }) => {
  if (files !== undefined) source = tarball(files);
  expect(await run(changes ?? {})).toBe(1);
  expect(output).toContain(`\n !     ${failure}\n\n !     Push failed\n`);
  expect(readResult(result)).toEqual({ ok: false, error: failure });
});

test('an archive cannot write outside of its directory', async () => {
  const root = join(directory, 'hostile');
  mkdirSync(root);
  execFileSync('ln', ['-s', directory, join(root, 'out')]);
  execFileSync('tar', ['-cf', join(directory, 'h.tar'), '-C', root, 'out']);
  rmSync(join(root, 'out'));
  mkdirSync(join(root, 'out'));
  writeFileSync(join(root, 'out', 'escaped'), 'x');
  execFileSync('tar', ['-rf', join(directory, 'h.tar'), '-C', root, 'out/escaped']);
  execFileSync('gzip', [join(directory, 'h.tar')]);
  source = readFileSync(join(directory, 'h.tar.gz'));
  expect(await run()).toBe(1);
  expect(output).toContain('The source cannot be unpacked.');
  expect(existsSync(join(directory, 'escaped'))).toBe(false);
});
