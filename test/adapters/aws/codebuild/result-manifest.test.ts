import { readResult } from '../../../../adapters/aws/codebuild/result-manifest.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const LABEL = 'io.buildpacks.build.metadata';
const recorded = (metadata: unknown) => ({ config: { Labels: { [LABEL]: JSON.stringify(metadata) } } });

const IMAGE = {
  digest: `sha256:${'d'.repeat(64)}`,
  manifest: { config: { size: 7 }, layers: [{ size: 100 }, { size: 20 }] },
  imageConfig: { config: { Cmd: ['node', 'server.js'] } },
};
const read = (changes: object) => readResult(JSON.stringify({ ...IMAGE, ...changes }));
const slug = { digest: IMAGE.digest, sizeBytes: 127, checksum: `SHA256:${'d'.repeat(64)}` };
const ofDockerfile = { ...slug, buildpackDescription: 'Dockerfile', buildpacks: [] };

test.each([
  { name: 'a command', config: { Cmd: ['node', 'server.js'] }, web: 'node server.js' },
  { name: 'an entry point with its command', config: { Entrypoint: ['/bin/run'], Cmd: ['web'] }, web: '/bin/run web' },
  { name: 'words that a shell would read', config: { Cmd: ['sh', '-c', 'a && b'] }, web: "sh -c 'a && b'" },
  { name: 'a quote', config: { Cmd: ['echo', "it's"] }, web: "echo 'it'\\''s'" },
  { name: 'an empty word', config: { Cmd: ['echo', ''] }, web: "echo ''" },
  { name: 'plain signs', config: { Cmd: ['a_B9@%+=:,./-'] }, web: 'a_B9@%+=:,./-' },
  { name: 'no entry point, as Docker writes it', config: { Entrypoint: null, Cmd: ['a'] }, web: 'a' },
])('an image with $name runs $web', ({ config, web }) => {
  expect(read({ imageConfig: { config } })).toEqual({ ok: true, value: { ...ofDockerfile, processTypes: { web } } });
});

test.each([
  { name: 'texts', yml: 'run:\n  web: node a\n  worker: node b\n', types: { web: 'node a', worker: 'node b' } },
  { name: 'a command each', yml: 'run:\n  web:\n    command: node a\n', types: { web: 'node a' } },
  {
    name: 'commands one after another',
    yml: 'run:\n  web:\n    command:\n    - a\n    - b\n',
    types: { web: 'a && b' },
  },
  { name: 'no run', yml: 'build:\n  docker:\n    web: Dockerfile\n', types: { web: 'node server.js' } },
  { name: 'an empty run', yml: 'run:\n', types: { web: 'node server.js' } },
  { name: 'what is no YAML', yml: '{', types: { web: 'node server.js' } },
  { name: 'a run of another shape', yml: 'run: [a]\n', types: { web: 'node server.js' } },
])('heroku.yml with $name', ({ yml, types }) => {
  expect(read({ herokuYml: base64(yml) })).toEqual({ ok: true, value: { ...ofDockerfile, processTypes: types } });
});

test('an image without a command runs what heroku.yml gives', () => {
  expect(read({ imageConfig: {}, herokuYml: base64('run:\n  web: a\n') })).toEqual({
    ok: true,
    value: { ...ofDockerfile, processTypes: { web: 'a' } },
  });
});

test.each([
  { name: 'a line in bash, of the Procfile', process: { command: ['bash', '-c'], args: ['a && b'] }, is: 'a && b' },
  { name: 'with the whole path of bash', process: { command: ['/bin/bash', '-c', 'a b'] }, is: 'a b' },
  { name: 'another shell', process: { command: ['fish', '-c', 'a b'] }, is: "fish -c 'a b'" },
  { name: 'what only ends like bash', process: { command: ['rebash', '-c', 'a b'] }, is: "rebash -c 'a b'" },
  { name: 'bash with more words', process: { command: ['bash', '-c', 'a b', 'c'] }, is: "bash -c 'a b' c" },
  { name: 'bash with another flag', process: { command: ['bash', '-l', 'a b'] }, is: "bash -l 'a b'" },
  { name: 'a text for the shell', process: { command: 'a && b', direct: false }, is: 'a && b' },
  { name: 'the same to be run directly', process: { command: 'a && b', direct: true }, is: "'a && b'" },
  {
    name: 'a text with words of its own',
    process: { command: 'a b', args: ['c d'], direct: false },
    is: "'a b' 'c d'",
  },
  { name: 'only words', process: { args: ['a', 'b c'] }, is: "a 'b c'" },
])('buildpacks recorded $name', ({ process, is }) => {
  const imageConfig = recorded({ buildpacks: [{ id: 'heroku/go' }], processes: [{ type: 'web', ...process }] });
  expect(read({ imageConfig })).toEqual({
    ok: true,
    value: { ...slug, processTypes: { web: is }, buildpackDescription: 'heroku/go', buildpacks: [] },
  });
});

test.each([
  { ids: ['heroku/procfile', 'heroku/python'], told: 'heroku/python' },
  { ids: ['heroku/python', 'heroku/procfile'], told: 'heroku/python' },
  { ids: ['heroku/procfile'], told: 'heroku/procfile' },
  { ids: [], told: '' },
])('of the buildpacks $ids the slug names $told', ({ ids, told }) => {
  expect(read({ imageConfig: recorded({ buildpacks: ids.map((id) => ({ id })) }) })).toEqual({
    ok: true,
    value: { ...slug, processTypes: {}, buildpackDescription: told, buildpacks: [] },
  });
});

test('jobs come from app.json', () => {
  const appJson = base64('{"cron":[{"command":"rake tidy","schedule":"@daily"}]}');
  expect(read({ appJson })).toMatchObject({
    ok: true,
    value: { cron: [{ name: 'rake-tidy', schedule: '@daily', command: 'rake tidy' }] },
  });
  for (const none of [undefined, null, '', base64('{}')]) {
    expect(read({ appJson: none })).toEqual({
      ok: true,
      value: { ...ofDockerfile, processTypes: { web: 'node server.js' } },
    });
  }
});

const UNREADABLE = 'The result of the build cannot be read.';

test.each([
  { name: 'what is no JSON', json: '{', error: 'The result of the build is not valid JSON.' },
  { name: 'nothing', json: '', error: 'The result of the build is not valid JSON.' },
  { name: 'its failure', json: JSON.stringify({ failure: 'npm ci failed' }), error: 'npm ci failed' },
  { name: 'an empty failure', json: JSON.stringify({ failure: '' }), error: UNREADABLE },
  { name: 'a failure too long for a line', json: JSON.stringify({ failure: 'a'.repeat(1_001) }), error: UNREADABLE },
  {
    name: 'another digest',
    json: JSON.stringify({ ...IMAGE, digest: `sha256:${'D'.repeat(64)}` }),
    error: UNREADABLE,
  },
  {
    name: 'a digest with something behind it',
    json: JSON.stringify({ ...IMAGE, digest: `${IMAGE.digest}@evil` }),
    error: UNREADABLE,
  },
  {
    name: 'a digest with something before it',
    json: JSON.stringify({ ...IMAGE, digest: `x${IMAGE.digest}` }),
    error: UNREADABLE,
  },
  {
    name: 'a layer of less than nothing',
    json: JSON.stringify({ ...IMAGE, manifest: { config: { size: 1 }, layers: [{ size: -1 }] } }),
    error: UNREADABLE,
  },
  {
    name: 'an image without a command',
    json: JSON.stringify({ ...IMAGE, imageConfig: { config: {} } }),
    error: 'The image has no command: set CMD in the Dockerfile, or run in heroku.yml.',
  },
  {
    name: 'a label that is no JSON',
    json: JSON.stringify({ ...IMAGE, imageConfig: { config: { Labels: { [LABEL]: '{' } } } }),
    error: 'The build metadata of the image cannot be read.',
  },
  {
    name: 'a label of another shape',
    json: JSON.stringify({ ...IMAGE, imageConfig: recorded({ processes: [{ command: 'a' }] }) }),
    error: 'The build metadata of the image cannot be read.',
  },
  {
    name: 'jobs that cannot be',
    json: JSON.stringify({ ...IMAGE, appJson: base64('{"cron":1}') }),
    error: 'app.json: cron must be a list.',
  },
])('a build that says $name has failed: $error', ({ json, error }) => {
  expect(readResult(json)).toEqual({ ok: false, error });
});
