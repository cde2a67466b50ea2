import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PlatformProcess } from '../platform/platform-process.ts';
import { until } from '../platform/until.ts';
import { Terminal } from './terminal.ts';

/** Longer than preboot's window of 180 seconds and the minute until a job is due. */
const LONG_MS = 500_000;

/**
 * What the dyno manager does by itself, observed with the unmodified Heroku CLI: preboot, a failing release phase, a crash loop,
 * recurring jobs. The waits are Heroku's own, so everything happens during preboot's window. Steps build on each other.
 */
export function herokuLifecycle(...flags: readonly string[]): void {
  const platform = new PlatformProcess();
  let terminal: Terminal;
  let visitor: Visitor;

  beforeAll(async () => {
    await platform.start('--no-demo', ...flags);
    terminal = new Terminal(platform);
    await terminal.ok(
      'git init -q -b main && git config user.email me@example.com && git config user.name Me && git add -A && git commit -qm "First"',
    );
  });

  afterAll(async () => {
    await visitor?.leave();
    await platform.stop();
    terminal?.remove();
    platform.remove();
  });

  const heroku = (line: string) => terminal.ok(`heroku ${line}`);
  const webUp = (count: number, version: number) =>
    until(`${count} web dynos of v${version}`, async () => {
      const dynos = JSON.parse(await heroku('ps --json -a shop')) as readonly Listed[];
      const web = dynos.filter(({ type }) => type === 'web');
      return web.length === count && web.every(({ state, release }) => state === 'up' && release.version === version);
    });

  function edit(file: string, change: (text: string) => string): void {
    const name = path.join(terminal.directory, file);
    writeFileSync(name, change(readFileSync(name, 'utf8')));
  }

  test('preboot: a release’s dynos start beside the old ones, which go on serving', async () => {
    await heroku('create shop');
    expect(await heroku('features:enable preboot')).toMatch(/Enabling preboot for .*shop.*done/);
    expect(await heroku('features')).toMatch(/\[\+\] preboot/);
    await terminal.ok('git push heroku main');
    await heroku('ps:scale web=2');
    await webUp(2, 3);
    visitor = new Visitor(platform, 'shop');
    await until('a visitor to be served', () => visitor.served > 0);

    await heroku('config:set GREETING=new');
    // The list shows the new dynos from the start, and during the window a scale affects them.
    await webUp(2, 4);
    await heroku('ps:scale web=3');
    await webUp(3, 4);
    expect(visitor.last).toContain('Hello');
    expect(visitor.last).not.toContain('new');
  });

  test('a release phase that fails leaves the old release as it is', async () => {
    await heroku('create gated --remote gated');
    await terminal.ok('git push gated main');
    await until('gated to answer', async () => (await platform.get('gated')).status === 200);
    edit('release.js', () => `console.log('cannot migrate'); process.exit(3);\n`);
    edit('web.js', (text) => text.replace('Hello', 'Broken'));
    await terminal.ok('git commit -qam "Cannot be released"');
    const push = await terminal.run('git push gated main');
    expect(push.stderr).toContain('remote: cannot migrate');
    expect(push.stderr).toMatch(/Release command failed/i);
    const releases = await heroku('releases -a gated');
    expect(releases).toMatch(/v4\s+Deploy [0-9a-f]{8} release command failed/);
    expect(await heroku('releases:output v4 -a gated')).toContain('cannot migrate');
    expect(JSON.parse(await heroku('ps --json -a gated'))).toMatchObject([{ name: 'web.1', release: { version: 3 } }]);
    expect((await platform.get('gated')).text).toContain('Hello from web.1');
    await terminal.ok('git reset -q --hard HEAD~1');
  });

  test('a crash loop is seen in heroku ps, and waits for its next start', async () => {
    await heroku('create loops --remote loops');
    edit('worker.js', () => `console.log('about to fall'); process.exit(1);\n`);
    edit('app.json', () =>
      JSON.stringify({ cron: [{ name: 'each-minute', schedule: '* * * * *', command: 'node job.js' }] }),
    );
    await terminal.ok('git commit -qam "Falls; has a job" && git push loops main');
    await heroku('ps:scale worker=1 -a loops');
    await until('the worker to stay crashed', async () => /worker\.1: crashed/.test(await heroku('ps -a loops')));
    const log = await heroku('logs -n 1500 -a loops --no-color');
    expect(log.match(/app\[worker\.1\]: about to fall/g)).toHaveLength(2);
    for (const line of ['Process exited with status 1', 'State changed from up to crashed']) {
      expect(log).toContain(`heroku[worker.1]: ${line}`);
    }
    // The app is not affected.
    expect((await platform.get('loops')).status).toBe(200);
  });

  test('a job of app.json runs when it is due, and is in the ledger that curl reads', async () => {
    const curl = (route: string) =>
      terminal.ok(`curl -sS -H "Authorization: Bearer $HEROKU_API_KEY" http://localhost:${platform.apiPort}${route}`);
    await until(
      'a run to have ended',
      async () => /each-minute +\* \* \* \* \* +UTC +\S+ +succeeded/.test(await curl('/apps/loops/scheduler')),
      LONG_MS,
    );
    const [run] = JSON.parse(await curl('/apps/loops/scheduler/jobs/each-minute/runs')) as readonly unknown[];
    expect(run).toMatchObject({ cause: 'schedule', status: 'succeeded', exit_status: 0 });
    expect(await heroku('logs -n 1500 -a loops --no-color')).toMatch(
      /app\[scheduler\.\d+\]: Job done by scheduler\.\d+/,
    );
  });

  test('preboot’s window ends: all requests go to the new dynos, and not one has failed', async () => {
    await until('the new dynos to serve', () => visitor.last.includes('new'), LONG_MS);
    await webUp(3, 4);
    await until('the old dynos to have ended', async () => {
      const log = await heroku('logs -n 1500 -a shop --source app --no-color');
      return [1, 2].every((number) => log.includes(`app[web.${number}]: Finishing the requests in flight`));
    });
    expect(visitor.failures).toEqual([]);
    expect(visitor.served).toBeGreaterThan(100);
  });
}

interface Listed {
  readonly name: string;
  readonly type: string;
  readonly state: string;
  readonly release: { readonly version: number };
}

/** Requests a page of an app again and again. */
class Visitor {
  served = 0;
  last = '';
  readonly failures: string[] = [];
  #left = false;
  readonly #visit: Promise<void>;

  constructor(platform: PlatformProcess, app: string) {
    this.#visit = this.#stay(platform, app);
  }

  async leave(): Promise<void> {
    this.#left = true;
    await this.#visit;
  }

  async #stay(platform: PlatformProcess, app: string): Promise<void> {
    while (!this.#left) {
      const { status, text } = await platform.get(app).catch((error: Error) => ({ status: 0, text: error.message }));
      if (status === 200) this.served += 1;
      else this.failures.push(`${status} ${text}`);
      this.last = text;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
