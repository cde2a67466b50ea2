import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogRouter } from '../../../services/logs/log-router.ts';
import { until } from './until.ts';

const WRITER = join(__dirname, '../../fixtures/log-writer.ts');
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'logs-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function read(): Promise<{ numbers: number[]; ids: number[] }> {
  const router = createLogRouter({ directory, now: Date.now, problems: { report: (message) => fail(message) } });
  const lines = await router.history('shop', {}, 1_500);
  await router.close();
  return { numbers: lines.map(({ message }) => Number(message.slice(5))), ids: lines.map(({ id }) => id) };
}

function fail(message: string): never {
  throw new Error(message);
}

const files = async () => {
  const names = await readdir(directory, { recursive: true });
  return names.filter((name) => name.endsWith('.log')).map((name) => join(directory, name));
};
const size = async () =>
  (await Promise.all((await files()).map((path) => readFile(path).catch(() => Buffer.alloc(0))))).reduce(
    (sum, content) => sum + content.length,
    0,
  );

test('a kill -9 while lines are written costs only the newest, again and again', async () => {
  let last = 0;
  for (let round = 0; round < 3; round += 1) {
    const before = await size();
    const writer = spawn(process.execPath, ['--import', 'tsx', WRITER, directory, String(last)], { stdio: 'inherit' });
    await until(async () => (await size()) > before + 2_000);
    writer.kill('SIGKILL');
    await once(writer, 'exit');
    const { numbers, ids } = await read();
    const first = numbers[0] ?? 0;
    expect(numbers).toEqual(numbers.map((_, index) => first + index));
    expect(numbers.at(-1)).toBeGreaterThan(last);
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
    last = numbers.at(-1) ?? 0;
  }
}, 60_000);

test('half a record at the end of a file is left out, and new lines follow it cleanly', async () => {
  const line = (message: string) =>
    ({ appId: 'shop', atMs: Date.now(), source: 'app', process: 'web.1', message }) as const;
  const open = () => createLogRouter({ directory, now: Date.now, problems: { report: (message) => fail(message) } });
  const first = open();
  first.append([line('line 1'), line('line 2')]);
  await first.close();
  const [path = ''] = await files();
  await appendFile(path, '1999999999999999\t1767225600000\tapp\tweb.1\tline 3 that was cu');
  const second = open();
  expect((await second.history('shop', {}, 10)).map(({ message }) => message)).toEqual(['line 1', 'line 2']);
  second.append([line('line 3')]);
  await second.close();
  expect((await read()).numbers).toEqual([1, 2, 3]);
  expect(await readFile(path, 'utf8')).not.toContain('that was cu');
});

test.each([
  { name: 'zeros from a power failure', garbage: `${'\0'.repeat(200)}\n` },
  { name: 'a line without fields', garbage: 'hello\n' },
  { name: 'an odd source', garbage: '1999999999999999\t1767225600000\tevil\tweb.1\tx\n' },
  { name: 'an odd id', garbage: '1e400\t1767225600000\tapp\tweb.1\tx\n' },
  { name: 'bytes that are no text', garbage: Buffer.from([0xff, 0xfe, 0x0a]) },
])('$name in a file is skipped', async ({ garbage }) => {
  const router = createLogRouter({ directory, now: Date.now, problems: { report: (message) => fail(message) } });
  router.append([{ appId: 'shop', atMs: Date.now(), source: 'app', process: 'web.1', message: 'line 1' }]);
  await router.close();
  const [path = ''] = await files();
  await appendFile(path, garbage);
  expect((await read()).numbers).toEqual([1]);
});
