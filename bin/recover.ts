import { existsSync } from 'node:fs';
import { openSqliteStore, StoreRefused } from '../adapters/local/sqlite-store.ts';
import { systemClock, systemIds } from '../adapters/system.ts';
import { CHECKOUT, directoryToName, readCommandLine } from './local/command-line.ts';
import { dataPaths } from './local/data-directory.ts';
import { openOwner } from './local/owner.ts';
import { terminalLine } from './terminal-line.ts';

const HELP = `Usage: bin/dynoform recover [--data-dir DIR]

Lets the owner of a platform on this machine in again: makes a new access token if the one in the data directory does not work,
because it was revoked or lost. The platform may be running. Nothing else is changed.
`;

class Refused extends Error {}

/** Who can write the data directory is the owner: no other proof is needed. */
async function main(): Promise<string> {
  const parsed = readCommandLine();
  if (!parsed.ok) throw new Refused(parsed.error);
  if (parsed.value.kind === 'help') return HELP;
  const paths = dataPaths(parsed.value.options.dataDirectory);
  if (!existsSync(paths.store)) {
    throw new Refused(`No platform was started on ${paths.directory}: name its directory with --data-dir.`);
  }
  const store = openSqliteStore(paths.store);
  try {
    const before = existsSync(paths.apiKey);
    const owner = await openOwner({ store, clock: systemClock, ids: systemIds }, paths.apiKey);
    if (before && !owner.isReplaced) return `The access token in ${paths.apiKey} works.\n`;
    const line = terminalLine(CHECKOUT, directoryToName(paths.directory));
    return `A new access token is in ${paths.apiKey}. In each terminal: ${line}\n`;
  } finally {
    store.close();
  }
}

main().then(
  (text) => process.stdout.write(text),
  (error: unknown) => {
    if (![Refused, StoreRefused].some((kind) => error instanceof kind)) throw error;
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = 1;
  },
);
