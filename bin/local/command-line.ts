import { homedir } from 'node:os';
import path from 'node:path';
import { defaultDataDirectory } from './default-directory.ts';
import { parseOptions } from './options.ts';

export const CHECKOUT = path.resolve(import.meta.dirname, '../..');

/** For each program that works on a data directory: the words and variables with which it was started. */
export function readCommandLine() {
  return parseOptions(process.argv.slice(2), process.env, process.cwd(), defaultDataDirectory(CHECKOUT, homedir()));
}

/** For a line that a user types: undefined where the directory need not be named. */
export function directoryToName(dataDirectory: string): string | undefined {
  return dataDirectory === defaultDataDirectory(CHECKOUT, homedir()) ? undefined : dataDirectory;
}
