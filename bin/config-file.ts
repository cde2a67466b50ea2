import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Config, readConfig } from '../lib/config/config.ts';

/** What is in dynoform.config.ts, or in the module that the variable DYNOFORM_CONFIG names: a second account, or a trial. */
export async function readConfigFile(): Promise<Config> {
  const named = process.env.DYNOFORM_CONFIG;
  const file = named === undefined || named === '' ? new URL('../dynoform.config.ts', import.meta.url) : fileUrl(named);
  const { default: config } = (await import(file.href)) as { readonly default: unknown };
  return readConfig(config);
}

function fileUrl(file: string): URL {
  return pathToFileURL(path.resolve(file));
}
