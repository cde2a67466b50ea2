import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';

/** The machine's programs, including this Node, without the directories that `npm start` has prepended. */
export function machinePath(): string {
  const node = dirname(process.execPath);
  const isOfNpm = (directory: string) => directory !== node && /\/node_modules\/|\/node-gyp-bin$/.test(directory);
  const directories = (process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin')
    .split(delimiter)
    .filter((directory) => directory.startsWith('/') && !isOfNpm(directory));
  return (directories.includes(node) ? directories : [node, ...directories]).join(delimiter);
}

/** The whole environment of a buildpack's scripts: nothing of the platform's, and no config var. */
export function scriptEnvironment(settings: {
  readonly home: string;
  readonly temporaryDirectory: string;
  readonly stack: string;
  readonly sourceVersion: string | undefined;
}): Readonly<Record<string, string>> {
  return {
    HOME: settings.home,
    LANG: 'C.UTF-8',
    PATH: machinePath(),
    REQUEST_ID: randomUUID(),
    SOURCE_VERSION: settings.sourceVersion ?? '',
    STACK: settings.stack,
    TMPDIR: settings.temporaryDirectory,
  };
}

/** ENV_DIR: one file per config var, its value without a final newline. */
export async function writeEnvironmentDirectory(
  directory: string,
  config: Readonly<Record<string, string>>,
): Promise<void> {
  await mkdir(directory, { mode: 0o700 });
  // A name is checked when it is set; here it becomes a path, so it is checked again.
  const entries = Object.entries(config).filter(([name]) => /^[^/\0]{1,255}$/.test(name) && !/^\.{1,2}$/.test(name));
  await Promise.all(entries.map(([name, value]) => writeFile(join(directory, name), value, { mode: 0o600 })));
}
