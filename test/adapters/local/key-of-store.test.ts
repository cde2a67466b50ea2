import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { KeyFileRefused } from '../../../adapters/local/key-file.ts';
import { openKeyOfStore } from '../../../adapters/local/key-of-store.ts';
import { openSqliteStore, type SqliteStore } from '../../../adapters/local/sqlite-store.ts';

let directory: string;
let key: string;
let database: string;
let store: SqliteStore;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'dynoform-key-of-store-'));
  key = join(directory, 'key');
  database = join(directory, 'store.db');
  store = openSqliteStore(database);
});
afterEach(() => {
  store.close();
  rmSync(directory, { recursive: true });
});

/** The platform starts again. */
const start = () => {
  store.close();
  store = openSqliteStore(database);
  return openKeyOfStore(key, store, database);
};
const use = () =>
  store.transact([{ kind: 'put', key: { partition: 'app#1', sort: 'app' }, value: { id: '1' }, expect: 'absent' }]);

test('the first start makes a key, and every later one takes the same', async () => {
  const made = start();
  await use();
  expect(start()).toEqual(made);
});

test('my key file is lost: the platform does not start, says what to restore, and makes no other key', async () => {
  start();
  await use();
  renameSync(key, `${key}.bak`);
  expect(start).toThrow(KeyFileRefused);
  expect(start).toThrow(
    `the key file ${key} is missing, and the config vars in ${database} can be read with no other: restore it from a backup, or, to start with an empty platform, move ${database} away`,
  );
  expect(existsSync(key)).toBe(false);
  renameSync(`${key}.bak`, key);
  expect(start()).toBeDefined();
});

test('my key file is lost before anything was stored: that is no reason either to make another', () => {
  start();
  rmSync(key);
  expect(start).toThrow(`the key file ${key} is missing`);
});

test('the key file is another’s: the platform does not start and keeps both files as they are', async () => {
  start();
  await use();
  const other = join(directory, 'other');
  const otherStore = openSqliteStore(`${other}.db`);
  openKeyOfStore(other, otherStore, `${other}.db`);
  otherStore.close();
  renameSync(key, `${key}.bak`);
  renameSync(other, key);
  const text = readFileSync(key, 'utf8');
  expect(start).toThrow(KeyFileRefused);
  expect(start).toThrow(
    `the key file ${key} is not the one of ${database}, whose config vars it cannot read: restore the key file from a backup of the same time, or, to start with an empty platform, move ${database} away`,
  );
  expect(readFileSync(key, 'utf8')).toBe(text);
  renameSync(`${key}.bak`, key);
  expect(start()).toBeDefined();
});

test('a damaged database that was moved away leaves an empty platform with the same key', async () => {
  const made = start();
  await use();
  store.close();
  renameSync(database, `${database}.damaged`);
  expect(start()).toEqual(made);
  expect(store.isEmpty()).toBe(true);
});

describe('a database of a version that knew no key ids', () => {
  beforeEach(async () => {
    start();
    await use();
    store.close();
    const file = new Database(database);
    file.exec('DROP TABLE key');
    file.close();
  });

  test('takes the key file that it has', () => {
    const made = start();
    expect(made.id).toBe(store.keyId());
    expect(start()).toEqual(made);
  });

  test('starts with no other when it has none', () => {
    rmSync(key);
    expect(start).toThrow(`the key file ${key} is missing`);
    expect(existsSync(key)).toBe(false);
  });
});
