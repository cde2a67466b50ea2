import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogLine } from '../../../core/records/log-line.ts';
import { DAY_MS } from '../../../core/time.ts';
import { createLogRouter, type LogRouter } from '../../../services/logs/log-router.ts';
import type { StoredLine } from '../../../services/logs/stored-line.ts';
import { problemsTo } from '../../problems.ts';
import { until } from './until.ts';

let directory: string;
let nowMs: number;
let reports: string[];
const routers: LogRouter[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'logs-'));
  nowMs = Date.UTC(2026, 0, 1);
  reports = [];
});

afterEach(async () => {
  await Promise.all(routers.splice(0).map((router) => router.close()));
  await rm(directory, { recursive: true, force: true });
});

function open(options: { directory?: string } = { directory }): LogRouter {
  const router = createLogRouter({ ...options, now: () => nowMs, problems: problemsTo(reports) });
  routers.push(router);
  return router;
}

const line = (message: string, extra: Partial<LogLine> = {}): LogLine => ({
  appId: 'shop',
  atMs: nowMs,
  source: 'app',
  process: 'web.1',
  message,
  ...extra,
});
const messages = (lines: readonly LogLine[]) => lines.map(({ message }) => message);
const numbered = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}`);

describe('tail', () => {
  const collect = (router: LogRouter, options: Partial<Parameters<LogRouter['tail']>[2]> = {}, filter = {}) => {
    const lines: StoredLine[] = [];
    let ended = false;
    const onEnd = () => {
      ended = true;
    };
    const stop = router.tail('shop', filter, { lines: 0, onEnd, ...options }, (more) => lines.push(...more));
    return { lines, stop, ended: () => ended };
  };

  test('gives history, then new lines, without gap or repeat while lines flow', async () => {
    const router = open();
    router.append(numbered(1, 5).map((message) => line(message)));
    const tail = collect(router, { lines: 3 });
    router.append([line('line 6')]);
    await until(() => tail.lines.length > 0);
    router.append([line('line 7')]);
    expect(messages(tail.lines)).toEqual(numbered(4, 7));
  });

  test('resumes behind an id, also after a restart', async () => {
    const first = open();
    first.append(numbered(1, 10).map((message) => line(message)));
    const seen = (await first.history('shop', {}, 10))[6]?.id ?? 0;
    await first.close();
    const second = open();
    second.append([line('line 11')]);
    const tail = collect(second, { afterId: seen });
    await until(() => tail.lines.length === 4);
    expect(messages(tail.lines)).toEqual(numbered(8, 11));
  });

  test('an id is never used twice, even when the clock was set back between two runs', async () => {
    const first = open();
    first.append([line('a'), line('b')]);
    await first.close();
    nowMs -= DAY_MS;
    const second = open();
    second.append([line('c')]);
    const lines = await second.history('shop', {}, 10);
    expect(messages(lines)).toEqual(['a', 'b', 'c']);
    expect(new Set(lines.map(({ id }) => id)).size).toBe(3);
    expect(lines.map(({ id }) => id)).toEqual(lines.map(({ id }) => id).sort((a, b) => a - b));
  });

  test('filters, and stops when asked', async () => {
    const router = open();
    const tail = collect(router, {}, { process: 'web' });
    await router.history('shop', {}, 1);
    router.append([line('a'), line('b', { process: 'worker.1' })]);
    await until(() => tail.lines.length > 0);
    tail.stop();
    router.append([line('c')]);
    expect(messages(tail.lines)).toEqual(['a']);
  });

  test.each([
    { name: 'the app is deleted', end: (router: LogRouter) => router.forget('shop') },
    { name: 'the platform stops', end: (router: LogRouter) => router.close() },
  ])('ends when $name', async ({ end }) => {
    const router = open();
    const tail = collect(router);
    await end(router);
    expect(tail.ended()).toBe(true);
  });
});

describe('persistence', () => {
  test('survives a restart with order, ids and times', async () => {
    const first = open();
    first.append([line('a', { atMs: nowMs + 0.25 }), line('💜\tb', { source: 'heroku', process: 'router' }), line('')]);
    const before = await first.history('shop', {}, 10);
    await first.close();
    expect(await open().history('shop', {}, 10)).toEqual(before);
  });

  test('files stay bounded, and hold no more than their owner may read', async () => {
    const router = open();
    for (let round = 0; round < 12; round += 1) {
      router.append(numbered(round * 1_000, round * 1_000 + 999).map((message) => line(message)));
      await until(async () => (await storedLines()) >= Math.min(1_500, (round + 1) * 1_000));
      nowMs += 1_000;
    }
    await router.close();
    expect(await storedLines()).toBeLessThanOrEqual(4_500);
    for (const path of await files()) expect((await stat(path)).mode & 0o077).toBe(0);
    expect(messages(await open().history('shop', {}, 1_500))).toEqual(numbered(10_500, 11_999));
  });

  test('of a flood only what the history can hold is written', async () => {
    const router = open();
    for (let round = 0; round < 40; round += 1) {
      router.append(numbered(round * 1_000, round * 1_000 + 999).map((message) => line(message)));
    }
    await router.close();
    expect(await storedLines()).toBe(1_500);
  });

  test('a deleted app leaves nothing, and what its dynos still log is not kept', async () => {
    const router = open();
    router.append([line('a')]);
    await until(async () => (await files()).length > 0);
    router.append([line('b')]);
    await router.forget('shop');
    router.append([line('Process exited with status 143')]);
    expect(await router.history('shop', {}, 10)).toEqual([]);
    await router.close();
    expect(await readdir(directory)).toEqual([]);
  });

  test('a disk that refuses is reported once, costs no history, and catches up', async () => {
    const blocked = join(directory, 'blocked');
    const { writeFile } = await import('node:fs/promises');
    await writeFile(blocked, 'a file where the directory should be');
    const router = open({ directory: blocked });
    router.append([line('a')]);
    await until(() => reports.length > 0);
    router.append([line('b')]);
    expect(messages(await router.history('shop', {}, 10))).toEqual(['a', 'b']);
    await rm(blocked);
    await router.close();
    expect(reports).toHaveLength(1);
    expect(messages(await open({ directory: blocked }).history('shop', {}, 10))).toEqual(['a', 'b']);
  });

  async function files(): Promise<string[]> {
    const names = await readdir(directory, { recursive: true });
    return names.filter((name) => name.endsWith('.log')).map((name) => join(directory, name));
  }

  async function storedLines(): Promise<number> {
    const { readFile } = await import('node:fs/promises');
    const contents = await Promise.all((await files()).map((path) => readFile(path, 'utf8').catch(() => '')));
    return contents.join('').split('\n').length - 1;
  }
});

describe('a flood', () => {
  test('beyond the intake limit is dropped, and the log says how much', async () => {
    const router = open({});
    router.append(Array.from({ length: 60_000 }, (_, index) => line(`line ${index}`)));
    router.append([line('quiet', { appId: 'blog' })]);
    nowMs += 1_000;
    router.append([line('after')]);
    const lines = await router.history('shop', {}, 3);
    expect(messages(lines)).toEqual([
      'line 49999',
      'Error L10 (output buffer overflow): 10000 messages dropped since 2026-01-01T00:00:00.000000+00:00.',
      'after',
    ]);
    expect(lines[1]).toMatchObject({ source: 'heroku', process: 'logplex' });
    expect(messages(await router.history('blog', {}, 3))).toEqual(['quiet']);
  });

  test('is announced although the app falls silent', async () => {
    const router = open({});
    router.append(Array.from({ length: 50_001 }, () => line('x')));
    nowMs += 1_000;
    const last = async () => messages(await router.history('shop', {}, 1))[0] ?? '';
    await until(async () => (await last()) !== 'x');
    expect(await last()).toMatch(/^Error L10 \(output buffer overflow\): 1 messages dropped /);
  });

  test('of bytes counts too', async () => {
    const router = open({});
    router.append(Array.from({ length: 2_000 }, () => line('x'.repeat(10_000))));
    nowMs += 1_000;
    router.append([line('after')]);
    expect(messages(await router.history('shop', {}, 2))[0]).toMatch(/^Error L10 .* 323 messages dropped/);
  });
});
