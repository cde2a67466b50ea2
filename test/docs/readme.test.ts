import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HELP } from '../../bin/local/options.ts';
import { readConfig } from '../../lib/config/config.ts';
import { estimateIdleMonth } from '../../lib/cost/estimate.ts';
import { commandsOf, README_COMMANDS } from './readme-commands.ts';

const ROOT = join(__dirname, '../..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const README = read('README.md');

const LINES_MAX = 150;

test(`a reader has at most ${LINES_MAX} lines to read`, () => {
  expect(README.trimEnd().split('\n').length).toBeLessThanOrEqual(LINES_MAX);
});

test('a picture shows a first app, made by test/docs/picture/first-app.ts', () => {
  expect(README).toContain('](docs/pictures/first-app.svg)');
  const typed = [...read('docs/pictures/first-app.svg').matchAll(/class="command">(.*?)<\/tspan>/g)].map(
    ([, line]) => line,
  );
  expect(typed).toEqual(expect.arrayContaining(['heroku create shop', 'git push heroku main', 'heroku ps']));
});

test('every command is run by a test, in the order of the README', () => {
  expect(commandsOf(README)).toEqual(README_COMMANDS.map(({ line }) => line));
});

test('what is not typed by test/cli/readme.test.ts is run where its row says', () => {
  const elsewhere = README_COMMANDS.flatMap(({ line, by }) => ('file' in by ? [{ line, ...by }] : []));
  expect(elsewhere.map(({ line }) => line)).toEqual(['npm ci', 'npm start']);
  expect(elsewhere.filter(({ file, words }) => !read(file).includes(words))).toEqual([]);
});

test.each([
  {
    name: 'a fence',
    text: 'Do:\n\n```sh\nnpm ci   # slow\n\n# later\nheroku ps\n```\n',
    commands: ['npm ci', 'heroku ps'],
  },
  { name: 'an indented block', text: 'Do:\n\n    npm ci && npm start\n', commands: ['npm ci && npm start'] },
  { name: 'a block of a list', text: '1. Do:\n\n       npm ci\n', commands: ['npm ci'] },
  { name: 'a command with a number sign', text: '```sh\necho a#b $#\n```\n', commands: ['echo a#b $#'] },
  { name: 'prose and tables', text: 'Run `npm ci`.\n\n| `npm ci` |\n', commands: [] },
])('commands are found in $name', ({ text, commands }) => {
  expect(commandsOf(text)).toEqual(commands);
});

test('the table of options is that of --help', () => {
  const option = /(--[a-z-]+)( [A-Z]+)?/;
  const documented = [...README.matchAll(/^\| `(--[^`]+)`.*\| `(DYNOFORM_\w+)` \| (.*) \|$/gm)].map(
    ([, text = '', variable, fallback = '']) => ({ flag: option.exec(text)?.[1], variable, fallback }),
  );
  const helped = [
    ...HELP.matchAll(/^ {2}(--[a-z-]+)[\s\S]*?\((DYNOFORM_\w+)(?:=1)?(?:, default:?\s+([^)]+?))?\)?$/gm),
  ].map(([, flag, variable, fallback]) => ({ flag, variable, fallback: fallback ?? 'off' }));
  const names = (rows: readonly { readonly flag: string | undefined; readonly variable: string | undefined }[]) =>
    rows.map(({ flag, variable }) => `${flag} ${variable}`).sort();
  expect(names(documented)).toEqual(names(helped));
  expect(documented).toHaveLength(10);
  const fallbacks = new Map(helped.map(({ flag, fallback }) => [flag, fallback]));
  const differing = documented.filter(({ flag, fallback }) => fallback.replaceAll('`', '') !== fallbacks.get(flag));
  // Only the wording differs: the help has less room.
  expect(differing.map(({ flag }) => flag)).toEqual(['--docker-image']);
});

test.each(['README.md', 'docs/deploy-aws.md'])(
  '%s has the price of an idle platform that `npm run cost` prints',
  (file) => {
    const [stage] = readConfig({ stages: [{ profile: 'minimal', plainHttp: true }] }).stages;
    if (stage === undefined) throw new Error('a stage');
    expect(read(file)).toContain(estimateIdleMonth(stage).dollars.toFixed(2));
  },
);
