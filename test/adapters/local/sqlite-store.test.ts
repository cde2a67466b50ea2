import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import Database from 'libsql';
import { openSqliteStore, StoreRefused } from '../../../adapters/local/sqlite-store.ts';
import { stored } from '../../stored.ts';

const WRITER = resolve(__dirname, '../../fixtures/store-writer.ts');
const KILLS = 4;

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'dynoform-store-'));
  path = join(directory, 'platform.db');
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Kills the writer once it has acknowledged this many transactions; resolves with the last acknowledged one. */
async function writeUntilKilled(acknowledgements: number): Promise<number> {
  const writer = spawn(process.execPath, ['--import', 'tsx', WRITER, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(writer, 'exit');
  let last = 0;
  let count = 0;
  for await (const line of createInterface({ input: writer.stdout })) {
    last = Number(line);
    count += 1;
    if (count === acknowledgements) writer.kill('SIGKILL');
  }
  expect(await exited).toEqual([null, 'SIGKILL']);
  return last;
}

test('a kill -9 at any moment loses no acknowledged transaction and keeps no half of one', async () => {
  for (let kill = 0; kill < KILLS; kill++) {
    const acknowledged = await writeUntilKilled(1 + Math.floor(Math.random() * 2_000));
    const store = openSqliteStore(path);
    try {
      const counter = await stored<number>(store, { partition: 'p', sort: 'counter' });
      const written = counter?.value ?? 0;
      // At most the one transaction whose acknowledgment the kill cut off.
      expect([acknowledged, acknowledged + 1]).toContain(written);
      expect(counter?.version).toBe(written);
      expect(await store.list({ partition: 'p', prefix: 'left#' })).toHaveLength(written);
      expect(await store.list({ partition: 'q', prefix: 'right#' })).toHaveLength(written);
    } finally {
      store.close();
    }
  }
}, 60_000);

test('state survives a close', async () => {
  const key = { partition: 'p', sort: 'a' };
  const first = openSqliteStore(path);
  await first.transact([{ kind: 'put', key, value: 'kept', expect: 'absent', due: { queue: 'm', atMs: 1 } }]);
  first.close();
  first.close();
  const second = openSqliteStore(path);
  expect(await second.get(key)).toEqual({ ...key, version: 1, value: 'kept' });
  expect(await second.due('m', 1, 1)).toHaveLength(1);
  second.close();
});

test('removes what has expired', async () => {
  const store = openSqliteStore(path);
  const put = (sort: string, expiresAtMs: number) =>
    ({ kind: 'put', key: { partition: 'p', sort }, value: 0, expect: 'any', expiresAtMs }) as const;
  await store.transact([put('expired', Date.now() - 1), put('valid', Date.now() + 3_600_000)]);
  store.close();
  const reopened = openSqliteStore(path);
  expect((await reopened.list({ partition: 'p', prefix: '' })).map((item) => item.sort)).toEqual(['valid']);
  // Repeatedly while it is open.
  for (let times = 0; times < 2; times += 1) {
    await reopened.transact([put('expired', Date.now() - 1)]);
    for (let i = 0; i < 600; i++) await reopened.transact([put('valid', Date.now() + 3_600_000)]);
    expect((await reopened.list({ partition: 'p', prefix: '' })).map((item) => item.sort)).toEqual(['valid']);
  }
  reopened.close();
});

test.each(['any', 1] as const)('what was to expire and is put anew without an end (%s) stays', async (expect_) => {
  const store = openSqliteStore(path);
  const write = { kind: 'put', key: { partition: 'p', sort: 'a' }, value: 0, expect: 'any' } as const;
  await store.transact([{ ...write, expiresAtMs: Date.now() - 1 }]);
  expect(await store.transact([{ ...write, expect: expect_ }])).toEqual({ ok: true });
  store.close();
  const reopened = openSqliteStore(path);
  expect(await reopened.list({ partition: 'p', prefix: '' })).toHaveLength(1);
  reopened.close();
});

test('only the owner can read the files', async () => {
  writeFileSync(path, '');
  chmodSync(path, 0o666);
  const store = openSqliteStore(path);
  await store.transact([{ kind: 'put', key: { partition: 'p', sort: 'a' }, value: 0, expect: 'any' }]);
  for (const suffix of ['', '-wal', '-shm']) expect(statSync(path + suffix).mode & 0o777).toBe(0o600);
  store.close();
});

describe('refuses a file that is not its own, and says what to do', () => {
  const spoil: Record<string, () => void> = {
    newer: () => {
      openSqliteStore(path).close();
      const database = new Database(path);
      database.exec('PRAGMA user_version = 99');
      database.close();
    },
    foreign: () => {
      const database = new Database(path);
      database.exec('CREATE TABLE songs (title TEXT)');
      database.close();
    },
    garbage: () => writeFileSync(path, 'not a database, '.repeat(1_000)),
  };

  test.each([
    { name: 'newer', message: /schema version 99, this program knows up to 1: start the newer program/ },
    { name: 'foreign', message: /belongs to another program: choose another data directory/ },
    { name: 'garbage', message: /is damaged .*restore it from a backup/ },
  ])('$name', ({ name, message }) => {
    spoil[name]?.();
    expect(() => openSqliteStore(path)).toThrow(StoreRefused);
    expect(() => openSqliteStore(path)).toThrow(message);
  });

  test('damaged in the middle', async () => {
    const store = openSqliteStore(path);
    for (let i = 0; i < 200; i++) {
      const key = { partition: 'p', sort: `a${i}` };
      await store.transact([{ kind: 'put', key, value: 'x'.repeat(2_000), expect: 'any' }]);
    }
    store.close();
    const size = statSync(path).size;
    const bytes = readFileSync(path);
    bytes.fill(0xff, Math.floor(size / 3), Math.floor(size / 2));
    writeFileSync(path, bytes);
    expect(() => openSqliteStore(path)).toThrow(/is damaged/);
  });
});
