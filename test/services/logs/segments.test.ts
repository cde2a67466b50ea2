import { appendFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { LOG_LINES_MAX } from '../../../core/log/log-session.ts';
import type { LogLine } from '../../../core/records/log-line.ts';
import { createLogRouter, type LogRouter } from '../../../services/logs/log-router.ts';
import { recordHead } from '../../../services/logs/record.ts';
import { Segments } from '../../../services/logs/segments.ts';

const CAPACITY = 10;
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'segments-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const line = (message: string): LogLine => ({
  appId: 'shop',
  atMs: Date.UTC(2026, 0, 1),
  source: 'app',
  process: 'web.1',
  message,
});
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

const storedLines = async (at = directory): Promise<number> => {
  const files = (await readdir(at, { recursive: true })).filter((name) => name.endsWith('.log'));
  const contents = await Promise.all(files.map((name) => readFile(join(at, name), 'utf8')));
  return contents.join('').split('\n').length - 1;
};

test('whatever was written in whatever pieces, a restart finds the newest lines, and the files stay bounded', async () => {
  const step = fc.record({ lines: fc.integer({ min: 1, max: CAPACITY + 3 }), restart: fc.boolean() });
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      run += 1;
      const at = join(directory, String(run));
      let segments = new Segments(at, CAPACITY);
      let written = 0;
      for (const { lines, restart } of steps) {
        const ids = range(written + 1, written + lines);
        const text = ids.map((id) => `${recordHead({ ...line(''), id })}line ${id}\n`).join('');
        await segments.append(text, lines, written + 1);
        written += lines;
        if (!restart) continue;
        segments = new Segments(at, CAPACITY);
        await segments.load('shop', 0);
      }
      const ids = (await new Segments(at, CAPACITY).load('shop', 0)).map(({ id }) => id);
      expect(ids).toEqual(range(written - ids.length + 1, written));
      expect(ids.length).toBeGreaterThanOrEqual(Math.min(written, CAPACITY));
      expect(await storedLines(at)).toBeLessThanOrEqual(3 * CAPACITY + 3);
    }),
    { numRuns: 40 },
  );
});

describe('the history of an app after a restart', () => {
  const router = () =>
    createLogRouter({
      directory,
      now: () => Date.UTC(2026, 0, 1),
      problems: {
        report: (message, cause) => {
          throw new Error(message, { cause });
        },
      },
    });
  const messages = async (logs: LogRouter) =>
    (await logs.history('shop', {}, LOG_LINES_MAX)).map(({ message }) => message);
  const numbered = (from: number, to: number) => range(from, to).map((number) => `line ${number}`);

  test.each([
    { runs: [LOG_LINES_MAX - 1, 1] },
    { runs: [LOG_LINES_MAX, 5] },
    { runs: [1, LOG_LINES_MAX, 2, 3] },
    { runs: [1_000, 1_000, 1_000, 1_000, 7] },
  ])('is its newest 1,500 lines when runs of the platform wrote $runs', async ({ runs }) => {
    let written = 0;
    for (const lines of runs) {
      const logs = router();
      logs.append(numbered(written + 1, written + lines).map(line));
      written += lines;
      await logs.close();
      const next = router();
      expect(await messages(next)).toEqual(numbered(Math.max(1, written - LOG_LINES_MAX + 1), written));
      await next.close();
    }
  });

  test('has the newest lines when more came than it holds before the disk was read', async () => {
    const first = router();
    first.append(numbered(1, 20).map(line));
    await first.close();
    const second = router();
    second.append(numbered(21, 20 + LOG_LINES_MAX + 100).map(line));
    expect(await messages(second)).toEqual(numbered(121, 20 + LOG_LINES_MAX + 100));
    second.append([line(`line ${LOG_LINES_MAX + 121}`)]);
    expect(await messages(second)).toEqual(numbered(122, LOG_LINES_MAX + 121));
    await second.close();
  });

  test('shows a line once though its write was repeated after it had failed half-way', async () => {
    const first = router();
    first.append(numbered(1, 3).map(line));
    await first.close();
    const [name = ''] = (await readdir(directory, { recursive: true })).filter((each) => each.endsWith('.log'));
    const path = join(directory, name);
    const [, ...repeated] = (await readFile(path, 'utf8')).trimEnd().split('\n');
    await appendFile(path, `${repeated.join('\n')}\n`);
    const second = router();
    expect(await messages(second)).toEqual(numbered(1, 3));
    second.append([line('line 4')]);
    expect(await messages(second)).toEqual(numbered(1, 4));
    await second.close();
  });
});
