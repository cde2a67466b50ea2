import { spawnSync } from 'node:child_process';
import { keepExitStatus } from '../../../core/dyno/exit-status-command.ts';

const MARKER = '\uffff heroku-command-exit-status: ';
const asTheCliSends = (command: string) => `${command} ; echo "${MARKER}$?"`;

test.each([
  { name: 'a command that exits by itself', command: 'exit 7', status: 7 },
  { name: 'a command that succeeds', command: 'true', status: 0 },
  { name: 'a command that fails', command: 'false', status: 1 },
  { name: 'a list', command: 'true && (exit 3)', status: 3 },
  { name: 'a trailing comment', command: 'exit 4 # because', status: 4 },
  { name: 'a here-document', command: 'cat <<X\nexit\nX\nexit 5', status: 5 },
  { name: 'a command that kills itself', command: 'kill -TERM $BASHPID', status: 143 },
])('$name tells its status', ({ command, status }) => {
  const { stdout } = spawnSync('bash', ['-c', keepExitStatus(asTheCliSends(command))], { encoding: 'utf8' });
  expect(stdout).toContain(`${MARKER}${status}\n`);
});

test('any other command is left as it is', () => {
  expect(keepExitStatus('exit 7; echo $?')).toBe('exit 7; echo $?');
});
