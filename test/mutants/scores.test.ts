import { hashOfText } from './scores.ts';

const TEXT = `import { readFile } from './read.ts';
import { write } from '../write.ts';

/** Copies. */
export async function copy(from: string, options: { readonly limit: number }): Promise<void> {
  const content = await readFile(from);
  if (content.length > options.limit) throw new Error("import{a}from");
  await write(content);
}
`;
const changed = (from: string, to: string): string => {
  expect(TEXT).toContain(from);
  return TEXT.replaceAll(from, to);
};

test.each([
  { name: 'a comment', text: changed('/** Copies. */', '// Copies a file.') },
  { name: 'a type', text: changed('{ readonly limit: number }', 'Limits') },
  { name: 'where it finds another', text: changed('../write.ts', '../files/write.ts') },
  { name: 'the order of imports', text: `${TEXT.split('\n')[1]}\n${TEXT.replace(/import \{ write.*\n/, '')}` },
  {
    name: 'where lines end',
    text: changed('  if (content.length > options.limit) throw', '  if (content.length > options.limit)\n    throw'),
  },
])('a file is as it was measured with another $name', ({ text }) => {
  expect(hashOfText(text)).toBe(hashOfText(TEXT));
});

test.each([
  { name: 'a condition', text: changed('length > ', 'length >= ') },
  { name: 'a variable', text: changed('content', 'text') },
  { name: 'a text', text: changed('import{a}from', 'import{b}from') },
  { name: 'a member', text: changed('options.limit', 'options.size') },
  { name: 'a name that others use', text: changed('function copy', 'function duplicate') },
  { name: 'a statement', text: changed('  await write(content);\n', '') },
])('a file has changed with another $name', ({ text }) => {
  expect(hashOfText(text)).not.toBe(hashOfText(TEXT));
});
