import type { LogIntake, LogReader } from '../../core/ports/logs.ts';
import type { LogLine } from '../../core/records/log-line.ts';
import { DAY_MS } from '../../core/time.ts';

/** A log store whose clock stands still until `pass`. */
export interface OpenLogs {
  readonly logs: LogIntake & LogReader;
  nowMs(): number;
  pass(ms: number): void;
  close(): Promise<void>;
}

export function logsContract(name: string, open: () => Promise<OpenLogs>): void {
  describe(`${name} as LogIntake and LogReader`, () => {
    let opened: OpenLogs;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());

    const line = (message: string, extra: Partial<LogLine> = {}): LogLine => ({
      appId: 'shop',
      atMs: opened.nowMs(),
      source: 'app',
      process: 'web.1',
      message,
      ...extra,
    });
    const append = (...messages: string[]) => opened.logs.append(messages.map((message) => line(message)));
    const history = async (count: number, filter = {}, appId = 'shop') =>
      (await opened.logs.history(appId, filter, count)).map(({ message }) => message);
    const numbered = (from: number, to: number) =>
      Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}`);

    test('keeps the newest 1,500 lines of an app, in the order of arrival', async () => {
      append(...numbered(1, 1_000));
      append(...numbered(1_001, 2_000));
      opened.logs.append([line('other', { appId: 'blog' })]);
      expect(await history(5_000)).toEqual(numbered(501, 2_000));
      expect(await history(2)).toEqual(['line 1999', 'line 2000']);
      expect(await history(10, {}, 'blog')).toEqual(['other']);
      expect(await history(10, {}, 'nobody')).toEqual([]);
    });

    test('gives each line back as it came', async () => {
      const lines = [line('a'), line('b', { source: 'heroku', process: 'router', atMs: opened.nowMs() + 0.25 })];
      opened.logs.append(lines);
      expect(await opened.logs.history('shop', {}, 10)).toMatchObject(lines);
    });

    test('keeps lines of one call apart by app', async () => {
      opened.logs.append([line('a'), line('b', { appId: 'blog' }), line('c')]);
      expect(await history(10)).toEqual(['a', 'c']);
    });

    test('counts only lines that match the filter', async () => {
      opened.logs.append([
        line('a'),
        line('b', { process: 'worker.1' }),
        line('c', { source: 'heroku', process: 'router' }),
        line('d', { process: 'web.2' }),
      ]);
      expect(await history(2, { process: 'web' })).toEqual(['a', 'd']);
      expect(await history(2, { process: 'web.1' })).toEqual(['a']);
      expect(await history(2, { source: 'heroku' })).toEqual(['c']);
    });

    test('forgets lines after a week', async () => {
      append('old');
      opened.pass(6 * DAY_MS);
      append('young');
      opened.pass(DAY_MS + 1);
      expect(await history(10)).toEqual(['young']);
    });

    test('cuts a message that is too long, and lets none be two lines', async () => {
      append(`${'x'.repeat(10_000)}y\nz`);
      expect(await history(10)).toEqual(['x'.repeat(10_000), 'y␊z']);
    });

    test('takes any line without an exception', async () => {
      opened.logs.append([]);
      opened.logs.append([line('a', { atMs: Number.NaN }), line('\ud800'), line(''), line('b', { process: '' })]);
      expect(await history(10)).toHaveLength(4);
    });
  });
}
