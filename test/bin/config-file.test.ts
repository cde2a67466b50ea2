import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const directory = mkdtempSync(path.join(tmpdir(), 'dynoform-config-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** `npm run cost` is the command that reads the configuration and asks nobody for anything. */
function cost(config?: string): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, DYNOFORM_CONFIG: config };
    execFile(process.execPath, ['--import', 'tsx', 'bin/cost.ts'], { env }, (error, stdout, stderr) =>
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
  const answer = await cost(content === undefined ? undefined : file);
  expect(answer).toEqual({ code, output: expect.stringContaining(says) });
});
