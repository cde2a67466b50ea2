import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Config, readConfig } from '../lib/config/config.ts';

/** Reads dynoform.config.ts, or the module named by the variable DYNOFORM_CONFIG: for a second account, or a trial. */
export async function readConfigFile(): Promise<Config> {
  const named = process.env.DYNOFORM_CONFIG;
  const file = named === undefined || named === '' ? new URL('../dynoform.config.ts', import.meta.url) : fileUrl(named);
  const { default: config } = (await import(file.href)) as { readonly default: unknown };
  return readConfig(config);
}

function fileUrl(file: string): URL {
  return pathToFileURL(path.resolve(file));
}
