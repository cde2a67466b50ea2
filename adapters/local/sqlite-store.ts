import { chmodSync, closeSync, openSync } from 'node:fs';
import Database from 'libsql';
import type { Item, ItemKey, ListQuery, Store, Write } from '../../core/ports/store.ts';
import { checkedValues, compareBytes, itemOf, mayBeKey } from '../store-rules.ts';

const SCHEMA_VERSION = 1;
/** "Dyno" in ASCII: distinguishes our file from any other SQLite database. */
const APPLICATION_ID = 0x44796e6f;
/** Expired items are removed at open and once per this many transactions, so that the file does not grow forever. */
const TRANSACTIONS_PER_PURGE = 512;
const BUSY_TIMEOUT_MS = 5_000;

const SCHEMA = `
  CREATE TABLE items (
    partition TEXT NOT NULL,
    sort TEXT NOT NULL,
    version INTEGER NOT NULL,
    value TEXT NOT NULL,
    due_queue TEXT,
    due_at_ms INTEGER,
    expires_at_ms INTEGER,
    PRIMARY KEY (partition, sort)
  ) WITHOUT ROWID;
  CREATE INDEX items_due ON items (due_queue, due_at_ms) WHERE due_queue IS NOT NULL;
  CREATE INDEX items_expiry ON items (expires_at_ms) WHERE expires_at_ms IS NOT NULL;
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${SCHEMA_VERSION};
`;

const COLUMNS = 'partition, sort, version, value';
const INSERT = `INSERT INTO items (${COLUMNS}, due_queue, due_at_ms, expires_at_ms) VALUES (?, ?, 1, ?, ?, ?, ?)`;

/** The database cannot be used; the message says what to do. */
export class StoreRefused extends Error {
  override readonly name = 'StoreRefused';
}

/** Opens or creates the database file (`:memory:` keeps nothing). Throws `StoreRefused` for a file that is not ours to use. */
export function openSqliteStore(path: string): SqliteStore {
  return new SqliteStore(openDatabase(path));
}

type Parameter = string | number | null;
type Row = readonly [partition: string, sort: string, version: number, value: string];

export class SqliteStore implements Store {
  readonly #database: Database.Database;
  readonly #statements = new Map<string, Database.Statement>();
  #transactions = 0;

  constructor(database: Database.Database) {
    this.#database = database;
    this.#purgeExpired();
  }

  async get(key: ItemKey): Promise<Item | undefined> {
    if (!mayBeKey(key)) return undefined;
    const row = this.#get(`SELECT ${COLUMNS} FROM items WHERE partition = ? AND sort = ?`, [key.partition, key.sort]);
    return row === undefined ? undefined : itemOf(...row);
  }

  async list(query: ListQuery): Promise<readonly Item[]> {
    if (!mayBeKey({ ...query, sort: query.prefix }) || !mayBeKey({ ...query, sort: query.after ?? '' })) return [];
    const descending = query.order === 'desc';
    const bounds: string[] = [];
    const parameters: Parameter[] = [query.partition];
    const bound = (comparison: string, sort: string): void => {
      bounds.push(` AND sort ${comparison} ?`);
      parameters.push(sort);
    };
    const after = query.after;
    const upper = firstSortBehindPrefix(query.prefix);
    // One bound per side: given two, SQLite may seek to the looser one and read everything up to the page.
    if (!descending && after !== undefined && compareBytes(after, query.prefix) >= 0) bound('>', after);
    else bound('>=', query.prefix);
    if (descending && after !== undefined && (upper === undefined || compareBytes(after, upper) < 0)) bound('<', after);
    else if (upper !== undefined) bound('<', upper);
    parameters.push(query.limit ?? -1);
    const rows = this.#all(
      `SELECT ${COLUMNS} FROM items WHERE partition = ?${bounds.join('')} ORDER BY sort ${descending ? 'DESC' : 'ASC'} LIMIT ?`,
      parameters,
    );
    return rows.map((row) => itemOf(...row));
  }

  async transact(
    writes: readonly Write[],
  ): Promise<{ readonly ok: true } | { readonly ok: false; readonly conflicts: readonly number[] }> {
    // All refusals come before the transaction begins.
    const values = checkedValues(writes);
    if (++this.#transactions % TRANSACTIONS_PER_PURGE === 0) this.#purgeExpired();
    // No await until COMMIT: the connection is shared, and only one transaction at a time is safe.
    this.#run('BEGIN IMMEDIATE', []);
    let committed = false;
    try {
      const conflicts: number[] = [];
      for (const [index, write] of writes.entries()) {
        if (!this.#apply(write, values[index] ?? '')) conflicts.push(index);
      }
      if (conflicts.length > 0) return { ok: false, conflicts };
      this.#run('COMMIT', []);
      committed = true;
      return { ok: true };
    } finally {
      if (!committed && this.#database.inTransaction) this.#run('ROLLBACK', []);
    }
  }

  async due(queue: string, beforeMs: number, limit: number): Promise<readonly Item[]> {
    const rows = this.#all(
      `SELECT ${COLUMNS} FROM items WHERE due_queue = ? AND due_at_ms <= ? ORDER BY due_at_ms, partition, sort LIMIT ?`,
      [queue, beforeMs, limit],
    );
    return rows.map((row) => itemOf(...row));
  }

  isEmpty(): boolean {
    return this.#get('SELECT 1 FROM items LIMIT 1', []) === undefined;
  }

  /** Which key file belongs to this file. Undefined: not known yet. */
  keyId(): string | undefined {
    const [row] = this.#database.prepare('SELECT id FROM key').all([]) as { readonly id: string }[];
    return row?.id;
  }

  /** Once in the life of a file. */
  setKeyId(id: string): void {
    this.#run('INSERT INTO key (id) VALUES (?)', [id]);
  }

  /** Idempotent. Folds the write-ahead log into the file. */
  close(): void {
    if (!this.#database.open) return;
    // libsql closes the file only when its statements are garbage-collected, so SQLite does not do this by itself.
    this.#all('PRAGMA wal_checkpoint(TRUNCATE)', []);
    this.#statements.clear();
    this.#database.close();
  }

  /** Whether the write's expectation held. Otherwise nothing was changed. */
  #apply(write: Write, value: string): boolean {
    const { partition, sort } = write.key;
    const { expect } = write;
    if (write.kind === 'put') {
      const columns = [value, write.due?.queue ?? null, write.due?.atMs ?? null, write.expiresAtMs ?? null];
      if (expect === 'absent') {
        return this.#run(`${INSERT} ON CONFLICT DO NOTHING`, [partition, sort, ...columns]) === 1;
      }
      if (expect === 'any') {
        const update =
          'version = version + 1, value = excluded.value, due_queue = excluded.due_queue, due_at_ms = excluded.due_at_ms, expires_at_ms = excluded.expires_at_ms';
        return this.#run(`${INSERT} ON CONFLICT DO UPDATE SET ${update}`, [partition, sort, ...columns]) === 1;
      }
      const update = 'version = version + 1, value = ?, due_queue = ?, due_at_ms = ?, expires_at_ms = ?';
      return (
        this.#run(`UPDATE items SET ${update} WHERE partition = ? AND sort = ? AND version = ?`, [
          ...columns,
          partition,
          sort,
          expect,
        ]) === 1
      );
    }
    if (write.kind === 'delete' && typeof expect === 'number') {
      return (
        this.#run('DELETE FROM items WHERE partition = ? AND sort = ? AND version = ?', [partition, sort, expect]) === 1
      );
    }
    if (write.kind === 'delete' && expect === 'any') {
      this.#run('DELETE FROM items WHERE partition = ? AND sort = ?', [partition, sort]);
      return true;
    }
    if (expect === 'any') return true;
    const row = this.#get(`SELECT ${COLUMNS} FROM items WHERE partition = ? AND sort = ?`, [partition, sort]);
    return expect === 'absent' ? row === undefined : row?.[2] === expect;
  }

  #purgeExpired(): void {
    this.#run('DELETE FROM items WHERE expires_at_ms <= ?', [Date.now()]);
  }

  #statement(sql: string): Database.Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      if (statement.reader) statement.raw();
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #run(sql: string, parameters: readonly Parameter[]): number {
    return this.#statement(sql).run(parameters).changes;
  }

  #get(sql: string, parameters: readonly Parameter[]): Row | undefined {
    return this.#statement(sql).get(parameters) as Row | undefined;
  }

  #all(sql: string, parameters: readonly Parameter[]): readonly Row[] {
    return this.#statement(sql).all(parameters) as Row[];
  }
}

/** The lowest text above every text with this prefix; undefined when there is none. */
function firstSortBehindPrefix(prefix: string): string | undefined {
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  while (points.at(-1) === 0x10ffff) points.pop();
  const last = points.pop();
  if (last === undefined) return undefined;
  // The code points of surrogates have no UTF-8.
  return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1);
}

function openDatabase(path: string): Database.Database {
  // The write-ahead log and its index take the mode of the database file: it must be right before SQLite opens it.
  if (path !== ':memory:') {
    closeSync(openSync(path, 'a', 0o600));
    chmodSync(path, 0o600);
  }
  const database = new Database(path);
  try {
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    database.exec('PRAGMA journal_mode = WAL');
    // NORMAL: the operating system has a commit before it is acknowledged, so a kill -9 of the platform loses nothing. Only
    // a power cut or a kernel crash may lose the last commits (never the consistency of the file); FULL would cost an fsync
    // per commit.
    database.exec('PRAGMA synchronous = NORMAL');
    prepareSchema(database, path);
    // Files of older versions have no such table.
    database.exec('CREATE TABLE IF NOT EXISTS key (id TEXT NOT NULL)');
    const problem = pragma(database, 'quick_check(1)');
    if (problem !== 'ok') throw new StoreRefused(damaged(path, String(problem)));
    return database;
  } catch (error) {
    database.close();
    if (error instanceof StoreRefused) throw error;
    const code = (error as { readonly code?: unknown }).code;
    if (code === 'SQLITE_BUSY') {
      throw new StoreRefused(`the database ${path} is in use by another process: stop that one first`, {
        cause: error,
      });
    }
    if (code === 'SQLITE_CORRUPT' || code === 'SQLITE_NOTADB') {
      throw new StoreRefused(damaged(path, (error as Error).message), { cause: error });
    }
    throw error;
  }
}

function prepareSchema(database: Database.Database, path: string): void {
  const version = Number(pragma(database, 'user_version'));
  if (version > SCHEMA_VERSION) {
    throw new StoreRefused(
      `the database ${path} has schema version ${version}, this program knows up to ${SCHEMA_VERSION}: start the newer program that wrote it, or choose another data directory`,
    );
  }
  const applicationId = Number(pragma(database, 'application_id'));
  if (version === SCHEMA_VERSION && applicationId === APPLICATION_ID) return;
  const tables = database.prepare('SELECT count(*) AS count FROM sqlite_master').get([]) as { readonly count: number };
  if (tables.count > 0) {
    throw new StoreRefused(`the database ${path} belongs to another program: choose another data directory`);
  }
  // In one transaction: a kill in the middle leaves an empty database, which the next start sets up.
  database.exec(`BEGIN IMMEDIATE; ${SCHEMA} COMMIT;`);
}

function pragma(database: Database.Database, name: string): unknown {
  const row = database.prepare(`PRAGMA ${name}`).raw().get([]) as readonly unknown[] | undefined;
  return row?.[0];
}

function damaged(path: string, problem: string): string {
  return `the database ${path} is damaged (${problem}): restore it from a backup, or move it away to start with an empty platform`;
}
