import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const ROOT = join(__dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

/** A document's placeholder for a value that the program fills in, and the character that replaces it. */
const VALUES = /\b(?:ID|N|DYNO|HOST)\b/;
const VALUE = '\u0000';

function textsOf(node: ts.Node): string[] {
  const texts: string[] = [];
  if (ts.isStringLiteralLike(node)) texts.push(node.text);
  if (ts.isTemplateExpression(node)) {
    texts.push([node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join(VALUE));
  }
  node.forEachChild((child) => void texts.push(...textsOf(child)));
  return texts;
}

const TEXTS = execFileSync('git', ['ls-files', 'adapters', 'api', 'bin', 'core', 'lambdas', 'services'], { cwd: ROOT })
  .toString()
  .split('\n')
  .filter((path) => path.endsWith('.ts'))
  .flatMap((path) => textsOf(ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest)));

/** In full, or up to where details follow. */
function isLogged(line: string): boolean {
  const wanted = line.split(VALUES).join(VALUE);
  return TEXTS.some((text) => text === wanted || text.startsWith(`${wanted} (`) || text.startsWith(`${wanted}: `));
}

/** The text in backquotes in the first column of a table. */
function linesIn(document: string, column: string): readonly string[] {
  const text = read(document);
  const table = text.slice(text.indexOf(`\n| ${column} |`)).split('\n\n')[0] ?? '';
  const cells = [...table.matchAll(/^\| (`.*?`) \|/gm)].map(([, cell = '']) => cell);
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, line = '']) => line));
}

test.each([
  { document: 'docs/operator-runbook.md', column: 'Message', has: 'reconciling app ID failed' },
  { document: 'docs/debugging.md', column: 'Line', has: 'in quarantine for N s: its passes fail' },
])('$document quotes no line of the log that the product does not write', ({ document, column, has }) => {
  const lines = linesIn(document, column);
  expect(lines).toContain(has);
  expect(lines.filter((line) => !isLogged(line))).toEqual([]);
});

test.each(['reconciling app ID', 'reconciling app ID succeeded', 'the router'])('no line of the log: %s', (line) => {
  expect(isLogged(line)).toBe(false);
});
