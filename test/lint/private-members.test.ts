import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');
const project = mkdtempSync(join(tmpdir(), 'private-members-'));
afterAll(() => rmSync(project, { recursive: true, force: true }));

test('a member that only the type checker hides does not pass the linter; a constructor may be hidden so', () => {
  cpSync(join(ROOT, 'biome.json'), join(project, 'biome.json'));
  cpSync(join(ROOT, 'test/lint'), join(project, 'test/lint'), { recursive: true });
  const lines = [
    'export class Door {',
    '  private readonly lock = 1;',
    '  private get open() { return this.lock; }',
    '  private constructor() { this.#shut(this.open); }',
    '  #shut(by: number) { return by; }',
    '  private shut() { return this.#shut(1); }',
    '}',
  ];
  writeFileSync(join(project, 'probe.ts'), `${lines.join('\n')}\n`);
  const biome = join(ROOT, 'node_modules/@biomejs/biome/bin/biome');
  const words = [biome, 'lint', '--vcs-enabled=false', '--reporter=github', 'probe.ts'];
  const { stdout, stderr } = spawnSync(process.execPath, words, { cwd: project, encoding: 'utf8' });
  const errors = [...`${stdout}${stderr}`.matchAll(/^::error .*?\bline=(\d+)/gm)].map(([, line]) => Number(line));
  expect([...new Set(errors)].sort()).toEqual([2, 3, 6]);
});
