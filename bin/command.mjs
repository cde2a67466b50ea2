#!/usr/bin/env node
/** `bin/dynoform COMMAND`: each command is a separate program, which tsx runs without a build. */
import { register } from 'tsx/esm/api';

const COMMANDS = { connect: './connect.ts', env: './env.ts' };

const [command = '', ...rest] = process.argv.slice(2);
if (!Object.hasOwn(COMMANDS, command)) {
  process.stderr.write(`Usage: bin/dynoform ${Object.keys(COMMANDS).join('|')} [options]. See --help of each.\n`);
  process.exit(command === '--help' || command === '-h' ? 0 : 1);
}
process.argv = [process.argv[0], process.argv[1], ...rest];
register();
await import(COMMANDS[command]);
