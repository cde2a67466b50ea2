import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const directory = mkdtempSync(path.join(tmpdir(), 'dynoform-config-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function run(program: string, config?: string): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, DYNOFORM_CONFIG: config };
    execFile(process.execPath, ['--import', 'tsx', program], { env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : 1, output: stdout + stderr }),
    );
  });
}

test.each([
  { name: 'dynoform.config.ts is read', content: undefined, code: 0, says: 'production, minimal' },
  {
    name: 'DYNOFORM_CONFIG names another file',
    content: "export default { stages: [{ name: 'second', plainHttp: true }] };",
    code: 0,
    says: 'second, minimal',
  },
  {
    name: 'a wrong field of it is named',
    content: 'export default { stages: [{ plainHttp: true, zones: 9 }] };',
    code: 1,
    says: 'stages[0].zones',
  },
])('$name', async ({ content, code, says }) => {
  const file = path.join(directory, `${says.length}.config.mjs`);
  if (content !== undefined) writeFileSync(file, content);
  // It reads the configuration and sends no request.
  const answer = await run('bin/cost.ts', content === undefined ? undefined : file);
  expect(answer).toEqual({ code, output: expect.stringContaining(says) });
});

test('a wrong field fails the synthesis, by its name', async () => {
  const file = path.join(directory, 'synthesis.config.mjs');
  writeFileSync(file, 'export default { stages: [{ plainHttp: true, capacity: { amd64: { max: -1 } } }] };');
  const answer = await run('bin/dynoform.ts', file);
  expect(answer).toEqual({ code: 1, output: expect.stringContaining('stages[0].capacity.amd64.max: ') });
});
