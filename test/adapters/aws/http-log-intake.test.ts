import { HttpLogIntake } from '../../../adapters/aws/http-log-intake.ts';
import type { LogLine } from '../../../core/records/log-line.ts';
import { type LogService, openLogService } from './log-service.ts';

const line = (message: string, appId = 'shop'): LogLine => ({
  appId,
  atMs: 1_000,
  source: 'heroku',
  process: 'web.1',
  message,
});
const numbered = (count: number, from = 0) => Array.from({ length: count }, (_, i) => line(`line ${from + i}`));

let service: LogService;
let logs: HttpLogIntake;

beforeEach(async () => {
  service = await openLogService();
  logs = new HttpLogIntake(service.options);
});
afterEach(() => service.close());

test('lines arrive as they are and in order, in batches', async () => {
  const lines = [line('naïve "quotes" \u2028 🚀'), ...numbered(2_500)];
  for (const one of lines) logs.append([one]);
  await service.background.flush();
  expect(service.lines).toEqual(lines);
  expect(service.requests.length).toBe(3);
  logs.append([]);
  logs.append([line('later')]);
  await service.background.flush();
  expect(service.lines.at(-1)).toEqual(line('later'));
});

test('lines that come while others are on their way follow them', async () => {
  logs.append(numbered(10));
  await new Promise((resolve) => setImmediate(resolve));
  logs.append(numbered(10, 10));
  await service.background.flush();
  expect(service.lines).toEqual(numbered(20));
});

test('a long message does not cost the lines beside it', async () => {
  logs.append([line('before'), line('x'.repeat(1_000_000)), line('behind')]);
  await service.background.flush();
  expect(service.lines.map(({ message }) => message.length)).toEqual([6, 10_000, 6]);
});

test('long messages, once they are sent, take no room from the lines behind them', async () => {
  for (let sent = 0; sent < 3; sent++) {
    logs.append(Array.from({ length: 4 }, () => line('x'.repeat(1_000_000))));
    await service.background.flush();
  }
  logs.append([line('behind')]);
  await service.background.flush();
  expect(service.lines).toHaveLength(13);
  expect(service.lines.at(-1)).toEqual(line('behind'));
});

test('too many lines at once are dropped and counted in the log of their app', async () => {
  logs.append([...numbered(10_000), line('too much'), line('too much'), line('too much', 'blog')]);
  await service.background.flush();
  expect(service.lines.length).toBe(10_002);
  const notices = service.lines.filter(({ process }) => process === 'logplex');
  expect(notices.map(({ appId, message }) => `${appId} ${message.replace(/ since .*/, '')}`)).toEqual([
    'shop Error L10 (output buffer overflow): 2 messages dropped',
    'blog Error L10 (output buffer overflow): 1 messages dropped',
  ]);
});

test('a log service that is being replaced is waited for', async () => {
  service.inject(503, 503, 503);
  logs.append([line('a')]);
  await service.background.flush();
  expect(service.lines).toEqual([line('a')]);
  expect(service.problems).toEqual([]);
});

test('one that stays away costs its lines, which is reported once, and is told in the log when it is back', async () => {
  service.inject(503, 503, 503, 503);
  logs.append(numbered(1_500));
  await service.background.flush();
  expect(service.problems.map(String)).toEqual(['NotTaken: it was answered with 503']);
  logs.append([line('back')]);
  await service.background.flush();
  expect(service.lines.map(({ message }) => message)).toEqual([
    expect.stringMatching(/: 1500 messages dropped since /),
    'back',
  ]);
});

test('lines that were lost while the log service was away again and again are counted together', async () => {
  service.inject(...Array<number>(8).fill(503));
  for (const lost of [numbered(1_500), [line('lost')]]) {
    logs.append(lost);
    await service.background.flush();
  }
  logs.append([line('back')]);
  await service.background.flush();
  expect(service.lines.map(({ message }) => message)).toEqual([
    expect.stringMatching(/: 1501 messages dropped since /),
    'back',
  ]);
});

test('after it was away there is room for as many lines as before', async () => {
  const long = 'x'.repeat(9_000);
  const lines = Array.from({ length: 900 }, () => line(long));
  service.inject(...Array<number>(4).fill(503));
  logs.append(lines);
  await service.background.flush();
  for (let round = 0; round < 3; round++) {
    service.lines.length = 0;
    logs.append(lines);
    await service.background.flush();
    expect(service.lines.filter(({ message }) => message === long)).toHaveLength(900);
  }
});

test('a lost answer loses no line', async () => {
  service.inject('lost-answer');
  logs.append([line('a')]);
  await service.background.flush();
  expect(service.lines).toContainEqual(line('a'));
  expect(service.problems).toEqual([]);
});
