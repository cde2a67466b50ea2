import path from 'node:path';

/**
 * What a terminal has to run to talk to the platform or bridge of this data directory. The path is absolute, and the command
 * is no script of npm: in another directory `npm run env` is npm's own, which prints the environment for `eval` to run.
 */
export function terminalLine(checkout: string, dataDirectory: string | undefined): string {
  return `eval "$(${commandLine(checkout, 'env', dataDirectory)})"`;
}

/** What lets the owner in again whose access token does not work any more. */
export function recoverLine(checkout: string, dataDirectory: string | undefined): string {
  return commandLine(checkout, 'recover', dataDirectory);
}

function commandLine(checkout: string, command: string, dataDirectory: string | undefined): string {
  const directory = dataDirectory === undefined ? '' : ` --data-dir ${shellWord(dataDirectory)}`;
  return `${shellWord(path.join(checkout, 'bin/dynoform'))} ${command}${directory}`;
}

const shellWord = (text: string): string => (/^[\w./:@%+,-]+$/.test(text) ? text : quoted(text));

/** In sh, bash and zsh single quotes keep every byte unchanged. */
export const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
