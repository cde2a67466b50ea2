/** `heroku run --exit-code` appends this to its command, and reads the status from the line that it prints. */
const SUFFIX = ' ; echo "\uffff heroku-command-exit-status: $?"';

/**
 * Keeps the status of a command that exits by itself: `exit 7` would end the shell before the CLI's own `echo`, and the CLI then
 * crashes. In a subshell it ends only the subshell. The line breaks keep a comment or a here-document from swallowing the
 * parenthesis.
 */
export function keepExitStatus(command: string): string {
  return command.endsWith(SUFFIX) ? `(\n${command.slice(0, -SUFFIX.length)}\n)${SUFFIX}` : command;
}
