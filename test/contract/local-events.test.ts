import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalEvents } from '../../adapters/local/events.ts';
import { eventView } from '../../core/records/domain-event.ts';
import { eventsContract, releaseNumber } from './events.contract.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'dynoform-events-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const path = () => join(directory, 'events.jsonl');
const open = (fileBytesMax?: number) =>
  new LocalEvents({
    path: path(),
    ...(fileBytesMax === undefined ? {} : { fileBytesMax }),
  });
const lines = (file = path()) =>
  existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as unknown)
    : [];

eventsContract('a file of JSON lines', async () => {
  const events = open();
  return {
    events,
    received: async () => lines(),
    close: async () => {},
    break: () => {
      rmSync(path(), { force: true });
      mkdirSync(path());
      return 'EISDIR';
    },
  };
});

describe('the file', () => {
  test('is for its owner only', async () => {
    const events = open();
    await events.publish([releaseNumber(1)]);
    expect(statSync(path()).mode & 0o777).toBe(0o600);
  });

  test('goes on where it was, and a line that a crash cut off takes no other with it', async () => {
    writeFileSync(path(), '{"resource":"api:rel');
    const events = open();
    await events.publish([releaseNumber(1)]);
    expect(readFileSync(path(), 'utf8')).toBe(`{"resource":"api:rel\n${JSON.stringify(eventView(releaseNumber(1)))}\n`);
  });

  test('that is full makes room, and the one before it goes', async () => {
    const events = open(1);
    for (let version = 1; version <= 3; version += 1) {
      await events.publish([releaseNumber(version)]);
    }
    expect(readdirSync(directory).sort()).toEqual(['events.1.jsonl', 'events.jsonl']);
    expect([lines(join(directory, 'events.1.jsonl')), lines()]).toEqual(
      [2, 3].map((version) => [eventView(releaseNumber(version))]),
    );
  });

  test('that has made room takes as many again', async () => {
    const lineBytes = Buffer.byteLength(`${JSON.stringify(eventView(releaseNumber(1)))}\n`);
    const events = open(lineBytes + 1);
    for (let version = 1; version <= 5; version += 1) {
      await events.publish([releaseNumber(version)]);
    }
    expect([lines(join(directory, 'events.1.jsonl')), lines()]).toEqual(
      [[3, 4], [5]].map((versions) => versions.map((version) => eventView(releaseNumber(version)))),
    );
  });

  test('that was full before the start makes room too', async () => {
    writeFileSync(path(), '{}\n'.repeat(10));
    const events = open(20);
    await events.publish([releaseNumber(1)]);
    expect(lines()).toEqual([eventView(releaseNumber(1))]);
    expect(lines(join(directory, 'events.1.jsonl'))).toHaveLength(10);
  });

  test('counts bytes, not characters', async () => {
    const plain = releaseNumber(1);
    if (plain.entity !== 'api:release') throw new Error('a release');
    const event: typeof plain = { ...plain, data: { ...plain.data, description: '✓'.repeat(500) } };
    const { length } = `${JSON.stringify(eventView(event))}\n`;
    const events = open(length + 1);
    for (let time = 0; time < 2; time += 1) {
      await events.publish([event]);
    }
    expect(readdirSync(directory).sort()).toEqual(['events.1.jsonl', 'events.jsonl']);
  });

  test('that cannot be written says so, and events after that are written again', async () => {
    const events = open();
    mkdirSync(path());
    await expect(events.publish([releaseNumber(1)])).rejects.toThrow('EISDIR');
    rmSync(path(), { recursive: true });
    await events.publish([releaseNumber(2)]);
    expect(lines()).toEqual([eventView(releaseNumber(2))]);
  });

  test('whose last write was cut off by a full disk gets the next event on a line of its own', async () => {
    const events = open();
    await events.publish([releaseNumber(1)]);
    renameSync(path(), `${path()}.kept`);
    mkdirSync(path());
    await expect(events.publish([releaseNumber(2)])).rejects.toThrow('EISDIR');
    rmSync(path(), { recursive: true });
    writeFileSync(path(), '{"id":"eve');
    await events.publish([releaseNumber(2)]);
    expect(readFileSync(path(), 'utf8')).toBe(`{"id":"eve\n${JSON.stringify(eventView(releaseNumber(2)))}\n`);
  });

  test('that another program has removed is made again', async () => {
    const events = open();
    await events.publish([releaseNumber(1)]);
    rmSync(path());
    await events.publish([releaseNumber(2)]);
    expect(lines()).toEqual([eventView(releaseNumber(2))]);
  });
});
