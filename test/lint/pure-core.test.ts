import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');
const BIOME = join(ROOT, 'node_modules/@biomejs/biome/bin/biome');

/** A project with this one's settings, and one file in core/. */
const project = mkdtempSync(join(tmpdir(), 'pure-core-'));
beforeAll(() => {
  mkdirSync(join(project, 'core'));
  cpSync(join(ROOT, 'biome.json'), join(project, 'biome.json'));
  cpSync(join(ROOT, 'test/lint'), join(project, 'test/lint'), { recursive: true });
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

/** The lines in which the linter finds errors. */
function found(lines: readonly string[]): readonly number[] {
  writeFileSync(join(project, 'core/probe.ts'), `${lines.join('\n')}\n`);
  const words = [BIOME, 'lint', '--vcs-enabled=false', '--reporter=github', '--max-diagnostics=none', 'core'];
  const { stdout, stderr } = spawnSync(process.execPath, words, { cwd: project, encoding: 'utf8' });
  const numbers = [...`${stdout}${stderr}`.matchAll(/^::error .*?\bline=(\d+)/gm)].map(([, line]) => Number(line));
  return [...new Set(numbers)].sort((one, other) => one - other);
}

/** Each reads the clock, chance or the machine; none may pass in core/. */
const IMPURE = [
  'export const chance = Math.random();',
  'export const bracket = Math["random"]();',
  'export const { random } = Math;',
  'export const now = Date.now();',
  'export const today = new Date();',
  'export const since = performance.now();',
  'export const detour = globalThis.Date.now();',
  'export const older = global.process;',
  'export const id = crypto.randomUUID();',
  'export const home = process.env.HOME;',
  'export const page = fetch("https://example.com");',
  'export const later = setTimeout(() => undefined, 1);',
  'export const often = setInterval(() => undefined, 1);',
  'export const soon = setImmediate(() => undefined);',
  'queueMicrotask(() => undefined);',
];

test('core/ that asks a clock, chance or the machine does not pass the linter, whichever way it asks', () => {
  expect(found(IMPURE)).toEqual(IMPURE.map((_line, index) => index + 1));
});

test('what core/ may do passes', () => {
  expect(found(['export const most = (counts: readonly number[]) => Math.max(...counts);'])).toEqual([]);
});
