#!/usr/bin/env node
/**
 * The project's commands, by name: each is a separate program, which tsx runs without a build. An older Node.js can read this
 * file, but nothing that it loads.
 */
const COMMANDS = {
  start: './local.ts',
  env: './env.ts',
  recover: './recover.ts',
  connect: './connect.ts',
  cost: './cost.ts',
  doctor: './doctor.ts',
  teardown: './teardown.ts',
  verify: './verify.ts',
};

const [command = '', ...rest] = process.argv.slice(2);
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < 20 || (major === 20 && minor < 19)) {
  refuse(`Dynoform needs Node.js 20.19 or later; this is ${process.versions.node}.`);
} else if (!Object.hasOwn(COMMANDS, command)) {
  const usage = `Usage: bin/dynoform ${Object.keys(COMMANDS).join('|')} [options]. See --help of each.`;
  if (command === '--help' || command === '-h') process.stdout.write(`${usage}\n`);
  else refuse(usage);
} else {
  await run();
}

async function run() {
  const tsx = await import('tsx/esm/api').catch(() => undefined);
  if (tsx === undefined) return refuse('The packages of Dynoform are not installed: run "npm ci" in its directory.');
  process.argv = [process.argv[0], process.argv[1], ...rest];
  tsx.register();
  await import(COMMANDS[command]);
}

function refuse(message) {
  process.stderr.write(`${message}\n`);
  // `eval` hides the status of what it runs, so it must have something to run that fails.
  if (command === 'env') process.stdout.write('false\n');
  process.exitCode = 1;
}
