import { execFileSync, spawnSync } from 'node:child_process';
import { openBuildFixture } from '../adapters/local/builder/build-fixture.ts';

type Fixture = Awaited<ReturnType<typeof openBuildFixture>>;

let fixture: Fixture;
beforeEach(async () => {
  fixture = await openBuildFixture();
});
afterEach(() => fixture.close());

const manifest = (more: object) => JSON.stringify({ name: 'shop', version: '1.0.0', ...more });
/** A dependency without a registry. */
const LOCAL = { 'local/package.json': '{"name":"local","version":"1.0.0"}', 'local/index.js': 'module.exports = 1;' };
const DEVELOPMENT = {
  'tool/package.json': '{"name":"tool","version":"1.0.0","bin":{"tool":"tool.js"}}',
  'tool/tool.js':
    '#!/usr/bin/env node\nrequire("fs").writeFileSync("built.txt", process.env.NODE_ENV + process.env.FROM_CONFIG)',
};

const NPM_LOCK = JSON.stringify({
  name: 'shop',
  version: '1.0.0',
  lockfileVersion: 3,
  packages: {
    '': {
      name: 'shop',
      version: '1.0.0',
      dependencies: { local: 'file:local' },
      devDependencies: { tool: 'file:tool' },
    },
    local: { version: '1.0.0' },
    'node_modules/local': { resolved: 'local', link: true },
    tool: { version: '1.0.0', dev: true, bin: { tool: 'tool.js' } },
    'node_modules/tool': { resolved: 'tool', link: true },
  },
});
const DEPENDENCIES = { dependencies: { local: 'file:local' }, devDependencies: { tool: 'file:tool' } };
const OFFLINE = { NPM_CONFIG_OFFLINE: 'true', FROM_CONFIG: 'yes' };

test('npm: installs by the lock file, builds with devDependencies and config vars, prunes', async () => {
  const built = await fixture.build(
    {
      ...LOCAL,
      ...DEVELOPMENT,
      'package.json': manifest({ ...DEPENDENCIES, scripts: { build: 'node tool/tool.js', start: 'node .' } }),
      'package-lock.json': NPM_LOCK,
    },
    { config: OFFLINE },
  );
  expect(built.output).toContain('       npm ci\n');
  expect(built.output).toContain('       Running build\n');
  expect(built.output).toContain('-----> Pruning devDependencies\n');
  expect(built.output).toContain('       Default types for buildpack -> web\n');
  const files = await fixture.slugFiles(built);
  expect(files).toMatchObject({ './app/built.txt': 'productionyes', './app/node_modules/local': '-> ../local' });
  expect(files['./app/node_modules/tool']).toBeUndefined();
  expect(Object.keys(files).filter((name) => name.includes('npm-cache') || name.includes('_cacache'))).toEqual([]);
  expect(built.outcome).toMatchObject({
    slug: { processTypes: { web: 'npm start' }, buildpackDescription: 'Node.js' },
  });
}, 60_000);

const hasYarn = spawnSync('yarn', ['--version']).status === 0;
const hasPnpm = spawnSync('pnpm', ['--version']).status === 0;

(hasYarn ? test : test.skip)(
  `yarn by its lock file${hasYarn ? '' : ' (this machine has no yarn)'}`,
  async () => {
    const built = await fixture.build({
      ...LOCAL,
      'package.json': manifest({ dependencies: { local: 'file:local' } }),
      'yarn.lock': '# yarn lockfile v1\n\n\n"local@file:local":\n  version "1.0.0"\n',
    });
    expect(built.output).toContain('       yarn install\n');
    expect(built.outcome.status).toBe('succeeded');
  },
  60_000,
);

(hasPnpm ? test : test.skip)(
  `pnpm by its lock file${hasPnpm ? '' : ' (this machine has no pnpm)'}`,
  async () => {
    const built = await fixture.build({
      ...LOCAL,
      'package.json': manifest({ dependencies: { local: 'link:local' } }),
      'pnpm-lock.yaml':
        "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      local:\n        specifier: link:local\n        version: link:local\n",
    });
    expect(built.output).toContain('       pnpm install\n');
    expect(built.outcome.status).toBe('succeeded');
  },
  60_000,
);

test.each([
  { lock: 'yarn.lock', text: '# yarn lockfile v1\n', manager: 'yarn' },
  { lock: 'pnpm-lock.yaml', text: "lockfileVersion: '9.0'\n", manager: 'pnpm' },
])('$manager is chosen by $lock; where it is missing, the build says so', async ({ lock, text, manager }) => {
  // A buildpack before it that leaves only Node and the shell's own tools on PATH.
  const bare = fixture.buildpack({
    'bin/compile': `mkdir -p "$HOME/bin"; for tool in node bash sh env mkdir cp cat; do ln -sf "$(command -v $tool)" "$HOME/bin/$tool"; done
      echo 'export PATH="$HOME/bin"' > "$(dirname "$0")/../export"`,
  });
  const built = await fixture.build(
    { 'package.json': manifest({ dependencies: { local: 'file:local' } }), [lock]: text },
    { buildpacks: [bare, 'heroku/nodejs'] },
  );
  expect(built.output).toContain(` !     This app uses ${manager} (${lock}), which this machine does not have.\n`);
  expect(built.output).toContain(' !     Push rejected, failed to compile Node.js app.\n');
});

test('npm ci without a way to the registry says what is wrong', async () => {
  const lock = JSON.parse(NPM_LOCK);
  lock.packages[''].dependencies = { 'left-pad': '1.3.0' };
  lock.packages[''].devDependencies = undefined;
  lock.packages = {
    '': lock.packages[''],
    'node_modules/left-pad': { version: '1.3.0', resolved: 'http://127.0.0.1:9/left-pad-1.3.0.tgz' },
  };
  const built = await fixture.build(
    { 'package.json': manifest({ dependencies: { 'left-pad': '1.3.0' } }), 'package-lock.json': JSON.stringify(lock) },
    { config: { NPM_CONFIG_REGISTRY: 'http://127.0.0.1:9/', NPM_CONFIG_FETCH_RETRIES: '0' } },
  );
  expect(built.output).toContain('ECONNREFUSED');
  expect(built.output).toContain(' !     Installing the dependencies with npm failed.\n');
  expect(built.output).toContain('has no way to the package registry.');
  expect(built.outcome).toEqual({ status: 'failed', message: 'Push rejected, failed to compile Node.js app.' });
}, 60_000);

test.each([
  {
    name: 'two lock files',
    entries: { 'package.json': manifest({}), 'package-lock.json': '{}', 'yarn.lock': '' },
    says: [' !     Two different lockfiles found: package-lock.json and yarn.lock\n'],
  },
  {
    name: 'a broken package.json',
    entries: { 'package.json': '{"name": "shop",}' },
    says: [' !     Unable to parse package.json: ', ' !     The file package.json cannot be used.\n'],
  },
  {
    name: 'a build script that fails',
    entries: { 'package.json': manifest({ scripts: { build: 'echo half; exit 3' } }) },
    says: ['       half\n', ' !     The script build of package.json failed.\n'],
  },
])(
  'fails with clear words: $name',
  async ({ entries, says }) => {
    const built = await fixture.build(entries);
    expect(built.outcome.status).toBe('failed');
    for (const each of says) expect(built.output).toContain(each);
    expect(built.output).toMatch(/ ! {5}Push rejected, failed to compile Node\.js app\.\n\n ! {5}Push failed\n$/);
  },
  60_000,
);

test('heroku-prebuild runs first, heroku-postbuild in place of build', async () => {
  const scripts = {
    'heroku-prebuild': 'echo first >> order.txt',
    build: 'echo wrong >> order.txt',
    'heroku-postbuild': 'echo last >> order.txt',
  };
  const built = await fixture.build({ 'package.json': manifest({ scripts }) });
  expect(await fixture.slugFiles(built)).toMatchObject({ './app/order.txt': 'first\nlast\n' });
}, 60_000);

test('warns of another Node.js, in an app without dependencies or lock file', async () => {
  const text = manifest({ engines: { node: "12.x'; touch pwned #" }, scripts: { start: 'node .' } });
  const built = await fixture.build({ 'package.json': text.replace("'; touch pwned #", '') });
  expect(built.output).toContain(`Warning: Node.js ${process.versions.node} does not satisfy engines.node (12.x).`);
  expect(built.output).toContain('package.json declares no dependencies: nothing to install');
  const hostile = await fixture.build({ 'package.json': text });
  expect(Object.keys(await fixture.slugFiles(hostile))).not.toContain('./app/pwned');
});

test('a dyno gets its tools and its concurrency from .profile.d', async () => {
  const files = await fixture.slugFiles(await fixture.build({ 'package.json': manifest({}) }));
  const run = (environment: Record<string, string>) =>
    execFileSync('bash', ['-c', `${files['./app/.profile.d/nodejs.sh']}\necho "$PATH $WEB_CONCURRENCY $NODE_ENV"`], {
      env: { HOME: '/app', PATH: '/bin', ...environment },
      encoding: 'utf8',
    }).trim();
  expect(run({})).toBe('/app/node_modules/.bin:/bin 1 production');
  expect(run({ MEMORY_AVAILABLE: '2560' })).toBe('/app/node_modules/.bin:/bin 5 production');
  expect(run({ MEMORY_AVAILABLE: '2560', WEB_CONCURRENCY: '3', NODE_ENV: 'test' })).toBe(
    '/app/node_modules/.bin:/bin 3 test',
  );
});
