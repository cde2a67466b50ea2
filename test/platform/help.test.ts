import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runAtHome } from '../bin/run-at-home.ts';

const ROOT = path.resolve(__dirname, '../..');

const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

/** Each program of ours that an npm script starts; `npm run NAME -- --help` appends the word in the same way. */
const PROGRAMS = Object.entries(scripts).filter(([, line]) => /node .*(bin|test|bench)\//.test(line));

let home: string;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'dynoform-help-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const run = (line: string) => runAtHome(home, line);

test('there are programs to ask', () => {
  expect(PROGRAMS.map(([name]) => name)).toEqual(
    expect.arrayContaining(['start', 'env', 'cost', 'doctor', 'teardown', 'verify:aws', 'simulate', 'bench']),
  );
});

// Watches files and starts the platform with its words.
test.each(PROGRAMS.filter(([name]) => name !== 'dev'))(
  'npm run %s -- --help helps, and runs nothing',
  (_name, line) => {
    const { status, stdout, stderr } = run(`${line} --help`);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^Usage: |^npm run /);
    expect(stdout.split('\n').length).toBeLessThan(30);
    // Neither a data directory nor a cache.
    expect(readdirSync(home)).toEqual([]);
  },
);

test.each(['start', 'env', 'recover', 'connect', 'cost', 'doctor', 'teardown', 'verify'])(
  'bin/dynoform %s --help helps, and -h too',
  (command) => {
    const long = run(`bin/dynoform ${command} --help`);
    expect(long).toMatchObject({ status: 0, stderr: '', stdout: expect.stringMatching(/^Usage: |^npm run /) });
    expect(run(`bin/dynoform ${command} -h`).stdout).toBe(long.stdout);
  },
);

test.each(['cost', 'doctor', 'bench'])('npm run %s refuses a word that it would ignore', (name) => {
  const { status, stdout, stderr } = run(`${scripts[name]} --region eu-west-1`);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toMatch(/^"--region": there are no options\.\n\nUsage: npm run /);
});
