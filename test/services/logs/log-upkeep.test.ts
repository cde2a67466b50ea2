import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogLine } from '../../../core/records/log-line.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../core/time.ts';
import { createLogRouter, type LogRouter } from '../../../services/logs/log-router.ts';
import { problemsTo } from '../../problems.ts';
import { until } from './until.ts';

let directory: string;
let nowMs: number;
let reports: string[];
let router: LogRouter;

beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'logs-')), 'history');
  nowMs = Date.now();
  reports = [];
  jest.useFakeTimers({ doNotFake: ['Date', 'nextTick', 'queueMicrotask', 'setImmediate', 'clearImmediate'] });
  router = open();
});

afterEach(async () => {
  jest.useRealTimers();
  await router.close();
  await rm(join(directory, '..'), { recursive: true, force: true });
});

const open = () => createLogRouter({ directory, now: () => nowMs, problems: problemsTo(reports) });

const line = (message: string, appId = 'shop'): LogLine => ({
  appId,
  atMs: nowMs,
  source: 'app',
  process: 'web.1',
  message,
});

const pass = (ms: number) => {
  nowMs += ms;
  jest.advanceTimersByTime(ms);
};
const messages = async (appId = 'shop') => (await router.history(appId, {}, 10)).map(({ message }) => message);
const isStored = async (message: string) => {
  const names = await readdir(directory, { recursive: true }).catch(() => []);
  const files = names.filter((name) => name.endsWith('.log'));
  const contents = await Promise.all(files.map((name) => readFile(join(directory, name), 'utf8').catch(() => '')));
  return contents.some((content) => content.includes(`${message}\n`));
};
const stored = (message: string) =>
  until(() => {
    pass(50);
    return isStored(message);
  });

describe('a disk that refuses', () => {
  /** Puts a file in place of the directory. */
  const block = async () => {
    await rm(directory, { recursive: true, force: true });
    await writeFile(directory, '');
  };
  const refused = async (message: string, times: number) => {
    router.append([line(message)]);
    await until(() => {
      pass(50);
      return reports.length >= times;
    });
  };

  test('is used again soon after it is mended, and each trouble is reported', async () => {
    for (const round of [1, 2]) {
      await block();
      await refused(`refused ${round}`, round);
      await rm(directory);
      pass(5 * SECOND_MS);
      await stored(`refused ${round}`);
      router.append([line(`later ${round}`)]);
      await stored(`later ${round}`);
      expect(reports).toHaveLength(round);
    }
    expect(await messages()).toEqual(['refused 1', 'later 1', 'refused 2', 'later 2']);
  });

  test('because somebody removed the history: it begins anew', async () => {
    router.append([line('before')]);
    await stored('before');
    await rm(directory, { recursive: true });
    await refused('after', 1);
    pass(5 * SECOND_MS);
    await stored('after');
    await router.close();
    router = open();
    expect(await messages()).toEqual(['after']);
  });
});

describe('once an hour', () => {
  /** Waits for the sweep to remove directories that have become empty. */
  async function sweep(afterMs = HOUR_MS): Promise<void> {
    const empty = join(directory, 'zz-empty');
    await mkdir(empty, { recursive: true });
    pass(afterMs);
    await until(async () => !(await readdir(directory)).includes('zz-empty'));
  }

  test('an app that nobody used goes from memory, and its history is there when it is asked for', async () => {
    router.append([line('one')]);
    await stored('one');
    await sweep();
    expect(await messages()).toEqual(['one']);
    await sweep();
    await rm(join(directory, 'app-shop'), { recursive: true });
    expect(await messages()).toEqual([]);
  });

  test('an app that was used within ten minutes stays in memory', async () => {
    router.append([line('one')]);
    await stored('one');
    pass(HOUR_MS - 9 * MINUTE_MS);
    expect(await messages()).toEqual(['one']);
    await sweep(9 * MINUTE_MS);
    await rm(join(directory, 'app-shop'), { recursive: true });
    expect(await messages()).toEqual(['one']);
  });

  test('a tail keeps its app, and goes on', async () => {
    const seen: string[] = [];
    router.tail('shop', {}, { lines: 0 }, (lines) => seen.push(...lines.map(({ message }) => message)));
    await messages();
    router.append([line('one')]);
    await stored('one');
    await sweep();
    router.append([line('two')]);
    expect(seen).toEqual(['one', 'two']);
  });

  test('a history that is older than a week goes, except of an app that is in use', async () => {
    router.append([line('idle', 'idle'), line('tailed', 'tailed')]);
    router.tail('tailed', {}, { lines: 0 }, () => undefined);
    await Promise.all([stored('idle'), stored('tailed')]);
    await sweep();
    nowMs += 6 * DAY_MS;
    await sweep();
    expect((await readdir(directory)).sort()).toEqual(['app-idle', 'app-tailed']);
    nowMs += DAY_MS;
    await sweep();
    expect(await readdir(directory)).toEqual(['app-tailed']);
  });
});

test('an app that never logged may be deleted, and logs nothing from then on', async () => {
  await router.forget('shop');
  router.append([line('late')]);
  expect(await messages()).toEqual([]);
});

test('an app that is deleted at any moment while its lines are written leaves nothing', async () => {
  for (let moment = 0; moment < 8; moment += 1) {
    const appId = `app-${moment}`;
    router.append([line('one', appId)]);
    pass(50);
    for (let turn = 0; turn < moment; turn += 1) await new Promise(setImmediate);
    await router.forget(appId);
  }
  await router.close();
  expect(await readdir(directory).catch(() => [])).toEqual([]);
});

test('a tail that was stopped before its history came gets nothing', async () => {
  router.append([line('one')]);
  const seen: string[] = [];
  const stop = router.tail('shop', {}, { lines: 10 }, (lines) => seen.push(...lines.map(({ message }) => message)));
  stop();
  expect(await messages()).toEqual(['one']);
  router.append([line('two')]);
  expect(await messages()).toEqual(['one', 'two']);
  expect(seen).toEqual([]);
});
