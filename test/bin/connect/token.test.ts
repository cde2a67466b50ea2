import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readToken } from '../../../bin/connect/token.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'connect-token-'));
  await writeFile(join(directory, 'token'), 'HRKU-abc\n');
  await writeFile(join(directory, 'empty'), '\n');
  await writeFile(join(directory, 'two'), 'HRKU-abc\nHRKU-def\n');
});
afterAll(() => rm(directory, { recursive: true }));

test.each([
  { name: 'the file', file: 'token', variable: 'HRKU-other', expected: { ok: true, value: 'HRKU-abc' } },
  { name: 'the variable', variable: ' HRKU-abc ', expected: { ok: true, value: 'HRKU-abc' } },
  {
    name: 'neither',
    expected: { ok: false, error: expect.stringContaining('--token-file FILE, or set DYNOFORM_TOKEN') },
  },
  { name: 'an empty file', file: 'empty', expected: { ok: false, error: expect.stringContaining('No access token') } },
  { name: 'no such file', file: 'none', expected: { ok: false, error: expect.stringContaining('(ENOENT)') } },
  {
    name: 'two lines',
    file: 'two',
    expected: { ok: false, error: 'The access token contains spaces or line breaks: pass the token alone.' },
  },
])('a token from $name', ({ file, variable, expected }) => {
  const path = file === undefined ? undefined : join(directory, file);
  expect(readToken(path, { DYNOFORM_TOKEN: variable })).toEqual(expected);
});
