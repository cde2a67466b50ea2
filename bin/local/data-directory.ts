import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import Database from 'libsql';
import { err, ok, type Result } from '../../core/result.ts';

/** The paths inside the data directory. */
export function dataPaths(directory: string) {
  return {
    directory,
    lock: path.join(directory, 'lock'),
    store: path.join(directory, 'store.db'),
    key: path.join(directory, 'key'),
    apiKey: path.join(directory, 'api-key'),
    running: path.join(directory, 'running.json'),
    gitConfig: path.join(directory, 'gitconfig'),
    caBundle: path.join(directory, 'ca-bundle.pem'),
    gitCaBundle: path.join(directory, 'git-ca-bundle.pem'),
    certificates: path.join(directory, 'certificates'),
    domainCertificates: path.join(directory, 'certificates', 'domains'),
    trust: path.join(directory, 'certificates', 'trust.pem'),
    blobs: path.join(directory, 'blobs'),
    outputs: path.join(directory, 'outputs'),
    logs: path.join(directory, 'logs'),
    events: path.join(directory, 'events.jsonl'),
    repositories: path.join(directory, 'repositories'),
  };
}

export type DataPaths = ReturnType<typeof dataPaths>;

/** Creates the directory for its owner only: it holds the key, the token and every app's files. */
export function openDataDirectory(directory: string): Result<DataPaths, string> {
  try {
    makeDirectory(directory);
    if (!statSync(directory).isDirectory())
      return err(`${directory} is not a directory: choose another with --data-dir.`);
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    // Root passes every access check, so a read-only file system shows only on a write.
    writeFileSync(path.join(directory, '.writable'), '');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return err(
      `Cannot write to ${directory} (${code}): make it writable, or choose another directory with --data-dir.`,
    );
  }
  return ok(dataPaths(directory));
}

/** Not `recursive: true`: Node's own loop never ends where a file system answers ENOENT to every mkdir, as /proc does. */
function makeDirectory(directory: string): void {
  if (existsSync(directory)) return;
  const parent = path.dirname(directory);
  if (parent !== directory) makeDirectory(parent);
  mkdirSync(directory, { mode: 0o700 });
}

/**
 * One platform per data directory. SQLite's exclusive transaction is an operating system lock: it ends with its process,
 * however that ends, so no stale lock file ever has to be removed by hand.
 */
export function lockDataDirectory(paths: DataPaths): Result<{ release(): void }, string> {
  const database = new Database(paths.lock);
  try {
    database.exec('PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE;');
  } catch {
    database.close();
    const running = readRunning(paths);
    const who = running === undefined ? '' : ` (process ${running.pid}, ${running.apiUrl})`;
    return err(
      `Another Dynoform${who} is using ${paths.directory}: stop it first, or start this one with another --data-dir, --port and --router-port.`,
    );
  }
  return ok({ release: () => database.close() });
}

/** What `npm run env` needs to know of the running platform or bridge. */
export interface Running {
  readonly pid: number;
  readonly apiUrl: string;
  /** Absent: a bridge, which has no router. */
  readonly routerPort?: number;
  readonly caCertificatePath: string;
}

export function writeRunning(paths: DataPaths, running: Running): void {
  writeAtomically(paths.running, `${JSON.stringify(running, null, 2)}\n`, 0o600);
}

export function readRunning(paths: DataPaths): Running | undefined {
  try {
    return JSON.parse(readFileSync(paths.running, 'utf8')) as Running;
  } catch {
    return undefined;
  }
}

export function writeAtomically(file: string, content: string, mode: number): void {
  const temporary = `${file}.${process.pid}.new`;
  writeFileSync(temporary, content, { mode });
  renameSync(temporary, file);
}
