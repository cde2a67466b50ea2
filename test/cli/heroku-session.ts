import { PlatformProcess } from '../platform/platform-process.ts';
import { until } from '../platform/until.ts';
import { Terminal } from './terminal.ts';

/**
 * A user's first hour, typed with the unmodified Heroku CLI on a fresh platform that was started with these flags. Steps
 * build on each other. The README's own commands are in readme.test.ts.
 */
export function herokuSession(...flags: readonly string[]): void {
  const platform = new PlatformProcess();
  let terminal: Terminal;

  beforeAll(async () => {
    await platform.start(...flags);
    terminal = new Terminal(platform);
  });

  afterAll(async () => {
    await platform.stop();
    terminal?.remove();
    platform.remove();
  });

  const heroku = (line: string) => terminal.ok(`heroku ${line}`);
  const get = (app: string, target = '/') => platform.get(app, target);
  const dynosUp = async (count: number, app = 'shop') =>
    until(`${count} dynos up`, async () => {
      const dynos = JSON.parse(await heroku(`ps --json -a ${app}`)) as { state: string; type: string }[];
      return dynos.length === count && dynos.every((dyno) => dyno.state === 'up');
    });

  test('the first start deployed the example as hello, and it answers', async () => {
    expect(platform.output).toContain(`http://hello.localhost:${platform.routerPort}/`);
    expect(await get('hello')).toEqual({ status: 200, text: expect.stringContaining('Hello from web.1') });
  });

  test('create names the app and adds the git remote', async () => {
    await terminal.ok(
      'git init -q -b main && git config user.email me@example.com && git config user.name Me && git add -A && git commit -qm "First"',
    );
    const output = await heroku('create shop');
    expect(output).toContain(`http://shop.localhost:${platform.routerPort}/`);
    expect(await terminal.ok('git remote get-url heroku')).toBe(`https://localhost:${platform.apiPort}/shop.git\n`);
    expect((await get('shop')).status).toBe(502);
  });

  test('a push builds, runs the release phase and serves', async () => {
    const output = await terminal.ok('git push heroku main');
    for (const line of [
      'remote: -----> Building on the Heroku-24 stack',
      'remote: -----> Node.js app detected',
      'remote:        Procfile declares types -> web, worker, release',
      'remote: -----> Launching...',
      'Release command declared: this new release will not be available until the command succeeds.',
      'remote:        Released v3',
      'nothing to migrate',
      'main -> main',
    ]) {
      expect(output).toContain(line);
    }
    await until('the app to answer', async () => (await get('shop')).status === 200);
    expect((await get('shop')).text).toContain('Hello from web.1!');
  });

  test('pushing another branch deploys nothing; a rejected build leaves the old release', async () => {
    expect(await terminal.ok('git push heroku main:topic')).toMatch(/remote: .*skipping build/);
    await terminal.ok(`printf 'not json' > package.json && git commit -qam "Broken"`);
    const push = await terminal.run('git push heroku main');
    expect(push.status).not.toBe(0);
    expect(push.stderr).toContain('Push rejected');
    expect(push.stderr).toContain('pre-receive hook declined');
    await terminal.ok('git reset -q --hard HEAD~1');
    expect((await get('shop')).status).toBe(200);
  });

  test('ps:scale starts dynos, ps and ps:type list them', async () => {
    expect(await heroku('ps:scale web=10 worker=2')).toContain(
      'now running web at 10:Standard-1X, worker at 2:Standard-1X',
    );
    await dynosUp(12);
    const ps = await heroku('ps');
    expect(ps).toMatch(/=== web \(Standard-1X\): node web\.js \(10\)/);
    expect(ps).toMatch(/web\.10: up \d{4}\//);
    expect(ps).toMatch(/=== worker \(Standard-1X\): node worker\.js \(2\)/);
    expect(await heroku('ps:type')).toMatch(/web\s+Standard-1X\s+10/);
    const answering = new Set<string>();
    await until('every web dyno to have answered', async () => {
      answering.add((await get('shop')).text);
      return answering.size === 10;
    });
  });

  test('logs show the platform, the router and one dyno', async () => {
    const tail = terminal.start('heroku logs --tail');
    await until('the tail to show a request', async () => {
      await get('shop', '/tailed');
      return /heroku\[router\].*path="\/tailed"/.test(tail.output());
    });
    tail.stop();
    const lines = (await heroku('logs -n 20 --dyno-name web.1 --no-color')).trim().split('\n');
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.length).toBeLessThanOrEqual(20);
    for (const line of lines)
      expect(line).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00 (app|heroku)\[web\.1\]: /);
    const system = await heroku('logs -n 1500 --source heroku --no-color');
    expect(system).toContain('heroku[web.1]: Starting process with command `node web.js`');
    expect(system).toContain('heroku[web.1]: State changed from starting to up');
    expect(system).toMatch(
      /heroku\[router\]: at=info method=GET path="\/tailed" host=shop\.localhost\S* request_id=\S+ fwd="127\.0\.0\.1" dyno=web\.\d+ connect=\d+ms service=\d+ms status=200 bytes=\d+ protocol=http/,
    );
  });

  test('config vars make releases and reach the dynos exactly', async () => {
    expect(await heroku(`config:set GREETING=$'two\\nlines' A=1`)).toContain('v4');
    await until('the new release to serve', async () => (await get('shop')).text.includes('two\nlines'));
    expect(await heroku('config')).toMatch(/A:\s+1/);
    expect(await heroku('config:get GREETING')).toBe('two\nlines\n');
    expect(await heroku('config:unset A')).toContain('v5');
  });

  test('releases, releases:info and rollback', async () => {
    const releases = await heroku('releases');
    expect(releases).toMatch(/v5\s+Remove A config vars/);
    expect(releases).toMatch(/v4\s+Set GREETING, A config vars/);
    expect(releases).toMatch(/v3\s+Deploy [0-9a-f]{8}/);
    expect(await heroku('releases:info')).toContain('=== Release v5');
    expect(await heroku('rollback v3')).toContain('done, v6');
    await until('v3’s config to serve', async () => !(await get('shop')).text.includes('two\nlines'));
    expect(await heroku('releases:output v6')).toContain('nothing to migrate');
  });

  test('restart and stop', async () => {
    await dynosUp(12);
    const before = await dynoIds();
    await heroku('ps:restart -d web.3');
    await until('web.3 to be another instance', async () => (await dynoIds())['web.3'] !== before['web.3']);
    expect((await dynoIds())['web.4']).toBe(before['web.4']);
    await heroku('ps:stop -d worker.1');
    await until('worker.1 to be another instance', async () => (await dynoIds())['worker.1'] !== before['worker.1']);
    await heroku('ps:restart');
    await until('every dyno to be another instance', async () => {
      const now = await dynoIds();
      return Object.keys(before).every((name) => now[name] !== undefined && now[name] !== before[name]);
    });
    await dynosUp(12);
  });

  async function dynoIds(): Promise<Record<string, string>> {
    const dynos = JSON.parse(await heroku('ps --json')) as { name: string; id: string }[];
    return Object.fromEntries(dynos.map((dyno) => [dyno.name, dyno.id]));
  }

  test('run: exit status, a real terminal, a detached job', async () => {
    expect((await terminal.run(`heroku run -x 'exit 7'`)).status).toBe(7);
    expect((await terminal.run(`heroku run -x 'true'`)).status).toBe(0);
    expect(await heroku(`run 'echo $DYNO; echo $((6 * 7))'`)).toMatch(/run\.\d{4}\s+42/);
    const shown = await terminal.interactive('heroku run bash', [
      { after: /\$ $|# $/, text: 'stty size; test -t 0 && echo "tty: yes"\r' },
      { after: /tty: yes/, text: 'exit\r' },
    ]);
    expect(shown).toMatch(/31 97/);
    expect(await heroku(`run:detached 'node job.js'`)).toMatch(/run\.\d{4}/);
    await until('the job to have logged', async () =>
      /app\[run\.\d{4}\]: Job done by run\.\d{4}/.test(await heroku('logs -n 1500 --no-color')),
    );
  });

  test('maintenance, info, features, stack and the account', async () => {
    await heroku('maintenance:on');
    await until('the maintenance page', async () => (await get('shop')).status === 503);
    expect((await get('shop')).text).toMatch(/maintenance/i);
    expect(await heroku('maintenance')).toContain('on');
    await heroku('maintenance:off');
    await until('the app to answer', async () => (await get('shop')).status === 200);
    expect(await heroku('apps:info')).toMatch(/=== shop[\s\S]*Dynos:\s+web: 10, worker: 2|=== shop[\s\S]*web: 10/);
    expect(await heroku('features')).toContain('preboot');
    expect(await heroku('stack')).toContain('* heroku-24');
    expect(await heroku('regions')).toMatch(/^\s*us\s+United States/m);
    expect(await heroku('labs')).toContain('runtime-dyno-metadata');
    expect(await heroku('access')).toContain('owner');
    expect(await heroku('authorizations')).not.toBe('');
    expect(await heroku('auth:whoami')).toContain('@');
  });

  test('buildpacks:set, then rename and destroy', async () => {
    expect(await heroku('buildpacks')).toContain('heroku/nodejs');
    await heroku('buildpacks:clear');
    expect(await heroku('buildpacks:set heroku/nodejs')).toContain('Next release on shop will use heroku/nodejs');
    expect(await heroku('apps:rename store')).toContain('store');
    expect(await terminal.ok('git remote get-url heroku')).toContain('/store.git');
    await until('the new name to answer', async () => (await get('store')).status === 200);
    expect((await get('shop')).status).toBe(404);
    await heroku('apps:destroy -a store -c store');
    await until('the app to be gone', async () => (await get('store')).status === 404);
    expect((await terminal.run('heroku apps:info -a store')).stderr).toContain("Couldn't find that app.");
  });

  test('the CLI wrote nothing into the global git configuration', async () => {
    expect((await terminal.run('cat "$HOME/.gitconfig"')).status).not.toBe(0);
  });
}
