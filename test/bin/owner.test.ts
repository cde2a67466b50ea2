import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openSqliteStore, type SqliteStore } from '../../adapters/local/sqlite-store.ts';
import { systemClock, systemIds } from '../../adapters/system.ts';
import { dataPaths } from '../../bin/local/data-directory.ts';
import { openOwner } from '../../bin/local/owner.ts';
import { recoverLine } from '../../bin/terminal-line.ts';
import { authenticate, listAuthorizations, regenerateToken } from '../../core/account/authorization.ts';

const ROOT = path.resolve(__dirname, '../..');

let paths: ReturnType<typeof dataPaths>;
let store: SqliteStore;
beforeEach(() => {
  paths = dataPaths(mkdtempSync(path.join(tmpdir(), "dynoform owner's-")));
  store = openSqliteStore(paths.store);
});
afterEach(() => {
  store.close();
  rmSync(paths.directory, { recursive: true, force: true });
});

const records = () => ({ store, clock: systemClock, ids: systemIds });
const start = () => openOwner(records(), paths.apiKey);
const inFile = () => readFileSync(paths.apiKey, 'utf8').trim();
const works = async () => (await authenticate(records(), inFile()))?.email === 'owner@dynoform.localhost';

/** As `heroku authorizations:rotate` does, or whatever else makes the token in the file a dead one. */
async function lockOut(): Promise<void> {
  const actor = await authenticate(records(), inFile());
  if (actor === undefined) throw new Error('the token is dead already');
  const [authorization] = await listAuthorizations(records(), actor);
  await regenerateToken(records(), actor, authorization?.id ?? '');
}

test('the first start makes a token for the owner alone, and later ones keep it', async () => {
  const first = await start();
  expect(first).toEqual({ apiKey: inFile(), isNew: true, isReplaced: false });
  expect(statSync(paths.apiKey).mode & 0o777).toBe(0o600);
  expect(await works()).toBe(true);
  expect(await start()).toEqual({ ...first, isNew: false });
});

test('I am locked out: the next start makes a token that works', async () => {
  const { apiKey } = await start();
  await lockOut();
  expect(await start()).toEqual({ apiKey: inFile(), isNew: false, isReplaced: true });
  expect(inFile()).not.toBe(apiKey);
  expect(await works()).toBe(true);
});

test('I moved the damaged database away: the token of the old one is replaced', async () => {
  await start();
  store.close();
  rmSync(paths.store);
  store = openSqliteStore(paths.store);
  expect(await start()).toEqual({ apiKey: inFile(), isNew: true, isReplaced: true });
  expect(await works()).toBe(true);
});

test('I lost the file with the token: the next start writes another, and knows that the platform is not new', async () => {
  await start();
  rmSync(paths.apiKey);
  expect(await start()).toEqual({ apiKey: inFile(), isNew: false, isReplaced: false });
  expect(await works()).toBe(true);
});

describe('the printed command lets me in again while the platform runs', () => {
  const recover = () => {
    const { status, stdout, stderr } = spawnSync('sh', ['-c', recoverLine(ROOT, paths.directory)], {
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  };

  test('with a new token where the old one is dead', async () => {
    await start();
    await lockOut();
    expect(recover()).toMatchObject({
      status: 0,
      stderr: '',
      stdout: expect.stringMatching(/^A new access token is in /),
    });
    expect(await works()).toBe(true);
  });

  test('and changes nothing where the old one works', async () => {
    const { apiKey } = await start();
    expect(recover()).toEqual({ status: 0, stderr: '', stdout: `The access token in ${paths.apiKey} works.\n` });
    expect(inFile()).toBe(apiKey);
  });

  test('but makes no platform where there is none, and opens no damaged database', async () => {
    store.close();
    rmSync(paths.store);
    expect(recover()).toEqual({
      ...{ status: 1, stdout: '' },
      stderr: `No platform was started on ${paths.directory}: name its directory with --data-dir.\n`,
    });
    writeFileSync(paths.store, 'no database'.repeat(1_000));
    expect(recover()).toMatchObject({ status: 1, stderr: expect.stringMatching(/^the database .* is damaged/) });
  });
});
