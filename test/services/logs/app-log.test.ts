import type { LogLine } from '../../../core/records/log-line.ts';
import { DAY_MS, SECOND_MS } from '../../../core/time.ts';
import { AppLog, type Tail } from '../../../services/logs/app-log.ts';
import { INTAKE_LINES_PER_SECOND } from '../../../services/logs/intake-limit.ts';
import type { Segments } from '../../../services/logs/segments.ts';
import type { StoredLine } from '../../../services/logs/stored-line.ts';

const NOW = Date.UTC(2026, 0, 1);
const FIRST_ID = NOW * 1_000;

const line = (message: string, extra: Partial<LogLine> = {}): LogLine => ({
  ...{ appId: 'shop', atMs: NOW, source: 'app', process: 'web.1', message },
  ...extra,
});

/** A disk that has these lines and records writes. */
function disk(lines: readonly StoredLine[] = []) {
  const written: unknown[][] = [];
  const asked: unknown[][] = [];
  const broken = { read: false, write: false };
  const segments = {
    async load(...given: unknown[]) {
      asked.push(given);
      if (broken.read) throw new Error('cannot be read');
      return [...lines];
    },
    async append(...given: unknown[]) {
      if (broken.write) throw new Error('cannot be written');
      written.push(given);
    },
  } as unknown as Segments;
  return { segments, written, asked, broken };
}
const stored = (id: number, message: string): StoredLine => ({ ...line(message), id });

function opened(segments?: Segments) {
  const problems: unknown[] = [];
  const log = new AppLog('shop', segments, (cause) => problems.push(cause));
  const tail = (filter: Tail['filter'] = {}) => {
    const given: string[][] = [];
    let ended = 0;
    const onEnd = () => {
      ended += 1;
    };
    const each: Tail = {
      ...{ filter, onEnd, live: false },
      onLines: (lines) => given.push(lines.map(({ message }) => message)),
    };
    return { each, given, ended: () => ended };
  };
  return { log, problems, tail };
}
const newest = (log: AppLog, count = 10, filter = {}, nowMs = NOW) => log.newest(count, filter, nowMs);
const messages = async (log: AppLog) => (await newest(log)).map(({ message }) => message);

test('a line is kept as it is, under an id of its own that begins with the clock', async () => {
  const { log } = opened();
  log.add(line('a'), NOW);
  log.add(line('b', { source: 'heroku', process: 'router', atMs: NOW - 5 }), NOW);
  log.add(line('c'), NOW + 2);
  log.add(line('d'), NOW - DAY_MS);
  expect(await newest(log)).toEqual([
    { ...line('a'), id: FIRST_ID },
    { ...line('b', { source: 'heroku', process: 'router', atMs: NOW - 5 }), id: FIRST_ID + 1 },
    { ...line('c'), id: FIRST_ID + 2_000 },
    { ...line('d'), id: FIRST_ID + 2_001 },
  ]);
});

test('a line without a time has that of its arrival', async () => {
  const { log } = opened();
  log.add(line('a', { atMs: Number.NaN }), NOW + 7);
  expect((await newest(log))[0]?.atMs).toBe(NOW + 7);
});

test('a line of a week ago is history, an older one is not', async () => {
  const { log } = opened();
  log.add(line('old', { atMs: NOW - 7 * DAY_MS - 1 }), NOW);
  log.add(line('week', { atMs: NOW - 7 * DAY_MS }), NOW);
  expect(await messages(log)).toEqual(['week']);
});

test('lines beyond the limit are dropped, and the log says so when that second is over', async () => {
  const { log } = opened();
  for (let count = 0; count < INTAKE_LINES_PER_SECOND + 3; count += 1) log.add(line('x'), NOW);
  expect(log.dropping).toBe(true);
  log.noticeDropped(NOW + SECOND_MS - 1);
  expect((await newest(log, 1))[0]?.message).toBe('x');
  log.noticeDropped(NOW + SECOND_MS);
  expect((await newest(log, 1))[0]).toEqual({
    id: (NOW + SECOND_MS) * 1_000,
    appId: 'shop',
    atMs: NOW + SECOND_MS,
    source: 'heroku',
    process: 'logplex',
    message: 'Error L10 (output buffer overflow): 3 messages dropped since 2026-01-01T00:00:00.000000+00:00.',
  });
  expect(log.dropping).toBe(false);
});

describe('a tail', () => {
  test('has history, then what comes, in the pieces in which it is published', async () => {
    const { log, tail } = opened();
    for (const message of ['a', 'b', 'c']) log.add(line(message), NOW);
    const { each, given } = tail();
    await log.open(each, 2, undefined, NOW);
    log.add(line('d'), NOW);
    log.add(line('e'), NOW);
    log.publish();
    log.publish();
    log.add(line('f'), NOW);
    log.publish();
    expect(given).toEqual([['b', 'c'], ['d', 'e'], ['f']]);
  });

  test('that comes back has what it has not seen, and no empty piece', async () => {
    const { log, tail } = opened();
    for (const message of ['a', 'b', 'c']) log.add(line(message), NOW);
    const behind = tail();
    await log.open(behind.each, 0, FIRST_ID, NOW);
    const upToDate = tail();
    await log.open(upToDate.each, 5, FIRST_ID + 2, NOW);
    expect([behind.given, upToDate.given]).toEqual([[['b', 'c']], []]);
  });

  test.each([
    { filter: { source: 'heroku' as const }, given: [[], ['router']] },
    { filter: { process: 'web.1' }, given: [[], ['web']] },
    { filter: {}, given: [[], ['web', 'router']] },
    { filter: { process: 'none' }, given: [[]] },
  ])('has only what matches $filter', async ({ filter, given }) => {
    const { log, tail } = opened();
    const one = tail(filter);
    await log.open(one.each, 5, undefined, NOW);
    log.add(line('web'), NOW);
    log.add(line('router', { source: 'heroku', process: 'router' }), NOW);
    log.publish();
    expect(one.given).toEqual(given);
  });

  test('that was stopped before its history came has nothing', async () => {
    const { log, tail } = opened(disk([stored(1, 'a')]).segments);
    const { each, given } = tail();
    const opening = log.open(each, 5, undefined, NOW);
    log.tails.delete(each);
    await opening;
    expect([given, each.live]).toEqual([[], false]);
  });

  test('has all that came, and ends once', async () => {
    const { log, tail } = opened();
    const one = tail();
    await log.open(one.each, 5, undefined, NOW);
    log.add(line('last'), NOW);
    log.end();
    log.end();
    expect([one.given.at(-1), one.ended(), log.tails.size]).toEqual([['last'], 1, 0]);
  });
});

describe('the disk', () => {
  test('gives what is not older than a week, before what came meanwhile, and is read once', async () => {
    const { segments, asked } = disk([stored(1, 'a'), stored(2, 'b')]);
    const { log } = opened(segments);
    log.add(line('c'), NOW);
    expect(await messages(log)).toEqual(['a', 'b', 'c']);
    expect(await messages(log)).toEqual(['a', 'b', 'c']);
    expect(asked).toEqual([['shop', NOW - 7 * DAY_MS]]);
  });

  test('gets what it does not have', async () => {
    const { segments, written } = disk([stored(1, 'a')]);
    const { log } = opened(segments);
    expect(log.hasUnstored).toBe(false);
    log.add(line('b'), NOW);
    log.add(line('c'), NOW);
    expect(log.hasUnstored).toBe(true);
    await log.store(NOW);
    expect(log.hasUnstored).toBe(false);
    await log.store(NOW);
    const text = `${FIRST_ID}\t${NOW}\tapp\tweb.1\tb\n${FIRST_ID + 1}\t${NOW}\tapp\tweb.1\tc\n`;
    expect(written).toEqual([[text, 2, FIRST_ID]]);
    expect(await messages(log)).toEqual(['a', 'b', 'c']);
  });

  test('that cannot be written gets it the next time', async () => {
    const { segments, written, broken } = disk();
    const { log } = opened(segments);
    log.add(line('a'), NOW);
    broken.write = true;
    await expect(log.store(NOW)).rejects.toThrow('cannot be written');
    expect(log.hasUnstored).toBe(true);
    broken.write = false;
    await log.store(NOW);
    expect([written.length, log.hasUnstored]).toEqual([1, false]);
  });

  test('that cannot be read: what is in memory is given, and the disk is asked again', async () => {
    const { segments, broken } = disk([stored(1, 'a')]);
    const { log, problems } = opened(segments);
    log.add(line('b'), NOW);
    broken.read = true;
    expect(await messages(log)).toEqual(['b']);
    expect(problems).toEqual([expect.objectContaining({ message: 'cannot be read' })]);
    broken.read = false;
    expect(await messages(log)).toEqual(['a', 'b']);
  });

  test('that is ahead of the clock: ids go on from there', async () => {
    const ahead = FIRST_ID + 1_000_000;
    const { log } = opened(disk([stored(ahead, 'a')]).segments);
    log.add(line('b'), NOW);
    log.add(line('c'), NOW);
    await log.load(NOW);
    log.add(line('d'), NOW);
    const ids = (await newest(log)).map(({ id }) => id);
    expect(ids).toEqual([ahead, ahead + 1, ahead + 2, ahead + 3]);
  });

  test('is not there: nothing is to be stored', async () => {
    const { log } = opened();
    log.add(line('a'), NOW);
    expect(log.hasUnstored).toBe(false);
    await log.store(NOW);
    expect(await messages(log)).toEqual(['a']);
  });
});
