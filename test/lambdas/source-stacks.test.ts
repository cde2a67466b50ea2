import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleFunction } from '../../lib/control/bundle-function.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bundle-'));
  bundleFunction('test/lambdas/fixtures/failing-function.ts', directory);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** In a separate process, like a function: jest changes stacks. */
function stack(): readonly string[] {
  const index = pathToFileURL(join(directory, 'index.mjs'));
  const program = `const { handler } = await import(${JSON.stringify(index)}); process.stdout.write(await handler());`;
  return execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' }).split('\n');
}

describe('the stack of a bundled function', () => {
  it('names the line of our source', () => {
    const [head, first] = stack();
    expect(head).toBe('TypeError: refused');
    expect(first).toMatch(/^ {4}at \w+ \(test\/lambdas\/fixtures\/failing-function\.ts:5:\d+\)$/);
  });

  it('names the place in the bundle when the map is missing', () => {
    for (const name of readdirSync(directory)) if (name.endsWith('.map')) rmSync(join(directory, name));
    const [head, first] = stack();
    expect(head).toBe('TypeError: refused');
    expect(first).toMatch(/index\.mjs:\d+:\d+\)$/);
  });
});
