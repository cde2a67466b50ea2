import { printer } from './printer.ts';

/** For commands without options: true if it may run. `--help` prints the help, any other word is refused. */
export function mayRun(words: readonly string[], help: string): boolean {
  if (asksForHelp(words)) {
    printer(process.stdout)(help.trimEnd());
    return false;
  }
  const [word] = words;
  if (word === undefined) return true;
  process.stderr.write(`"${word}": there are no options.\n\n${help}`);
  process.exitCode = 1;
  return false;
}

export const asksForHelp = (words: readonly string[]): boolean =>
  words.some((word) => word === '--help' || word === '-h');
