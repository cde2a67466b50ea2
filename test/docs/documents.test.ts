import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { ACTIONS_PER_PASS_MAX, WRITES_PER_PASS_MAX } from '../../core/dyno-manager/plan/reconcile.ts';
import { CYCLE_AFTER_MS, CYCLE_SPREAD_MS, ROLLOUT_PATIENCE_MS } from '../../core/dyno-manager/plan/timers.ts';
import { LOG_LINES_MAX } from '../../core/log/log-session.ts';
import { JOBS_MAX } from '../../core/manifest/cron-jobs.ts';
import { PENDING_RELEASES_MAX } from '../../core/release/plan-release.ts';
import { HOUR_MS, MINUTE_MS } from '../../core/time.ts';

const ROOT = join(__dirname, '../..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const DOCUMENTS = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], { cwd: ROOT })
  .toString()
  .split('\n')
  .filter((file) => file !== '' && !/^(examples|test|buildpacks)\//.test(file) && existsSync(join(ROOT, file)));
const FOLDERS = readdirSync(ROOT, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);
const DECISIONS = readdirSync(join(ROOT, 'docs/decisions'));

/** Without code blocks, which do not only show this project. */
const prose = (text: string) => text.replace(/^```[\s\S]*?^```/gm, '');
/** The anchor that GitHub makes for a heading. */
const anchorOf = (heading: string) =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');
const anchors = (text: string) => [...prose(text).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading));

test('there are documents to read', () => {
  expect(DOCUMENTS).toEqual(expect.arrayContaining(['README.md', 'ARCHITECTURE.md', 'docs/aws.md']));
});

describe.each(DOCUMENTS)('%s', (document) => {
  const text = read(document);

  test('links to what is there', () => {
    const links = [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
    const broken = links.filter((link) => {
      if (/^[a-z]+:/.test(link)) return false;
      const [path = '', anchor] = link.split('#');
      const file = path === '' ? document : normalize(join(dirname(document), path));
      if (!existsSync(join(ROOT, file))) return true;
      return anchor !== undefined && !anchors(read(file)).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  test('names files and folders that are there', () => {
    const named = [...prose(text).matchAll(/`([\w.-]+(?:\/[\w.*-]+)+\/?)`/g)].map(([, path = '']) => path);
    const ours = named.filter((path) => FOLDERS.includes(path.split('/')[0] ?? '') && !path.includes('*'));
    expect(ours.filter((path) => !existsSync(join(ROOT, path)) && !isMade(path))).toEqual([]);
  });

  test('names commands that are there', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const run = [...text.matchAll(/npm run (?:-s )?([a-z][\w:-]*)/g)].map(([, name = '']) => name);
    expect(run.filter((name) => !(name in scripts))).toEqual([]);
  });

  test('names decisions that are there', () => {
    const numbers = [...text.matchAll(/[Dd]ecisions? (\d{4})\b/g)].map(([, number = '']) => number);
    expect(numbers.filter((number) => !DECISIONS.some((file) => file.startsWith(`${number}-`)))).toEqual([]);
  });
});

/** Paths that the running platform makes, and an app's paths. */
function isMade(path: string): boolean {
  return (
    path.startsWith('.cache/') ||
    path.startsWith('bin/detect') ||
    path.startsWith('bin/build') ||
    path.startsWith('bin/release')
  );
}

test('decisions are numbered one after the other', () => {
  expect(DECISIONS.map((file) => Number(file.slice(0, 4))).sort((one, other) => one - other)).toEqual(
    DECISIONS.map((_file, index) => index),
  );
});

test('the map of the code has every folder', () => {
  const map = read('ARCHITECTURE.md');
  const tracked = execFileSync('git', ['ls-files', 'core'], { cwd: ROOT }).toString().split('\n');
  const nouns = [...new Set(tracked.flatMap((file) => /^core\/([^/]+)\/./.exec(file)?.[1] ?? []))];
  expect(nouns).toContain('app');
  expect(nouns.filter((noun) => !map.includes(`${noun}/`))).toEqual([]);
  const top = execFileSync('git', ['ls-tree', '-d', '--name-only', 'HEAD'], { cwd: ROOT }).toString().split('\n');
  expect(top.filter((name) => /^[a-z]/.test(name) && !map.includes(`\`${name}/`))).toEqual([]);
});

test.each([
  { document: 'docs/dyno-manager.md', says: 'A pass** writes at most % records', is: WRITES_PER_PASS_MAX },
  { document: 'docs/dyno-manager.md', says: 'and asks for at most % starts', is: ACTIONS_PER_PASS_MAX },
  { document: 'docs/dyno-manager.md', says: 'Each dyno is cycled % hours and', is: CYCLE_AFTER_MS / HOUR_MS },
  { document: 'docs/dyno-manager.md', says: 'hours and up to % minutes after', is: CYCLE_SPREAD_MS / MINUTE_MS },
  { document: 'docs/dyno-manager.md', says: 'after % minutes without another', is: ROLLOUT_PATIENCE_MS / MINUTE_MS },
  {
    document: 'docs/decisions/0010-the-managers-mark-is-the-fence.md',
    says: 'bounded to % records',
    is: WRITES_PER_PASS_MAX,
  },
  {
    document: 'docs/decisions/0009-releases-behind-a-release-phase.md',
    says: 'at most % of them',
    is: PENDING_RELEASES_MAX,
  },
  { document: 'docs/decisions/0013-logs-are-bounded-everywhere.md', says: 'History is % lines', is: LOG_LINES_MAX },
  { document: 'docs/scheduler.md', says: 'at most % jobs', is: JOBS_MAX },
  { document: 'README.md', says: 'the last % lines of each app', is: LOG_LINES_MAX },
])('$document is right that $says', ({ document, says, is }) => {
  const words = read(document).replace(/\s+/g, ' ');
  expect(words).toContain(says.replace('%', is.toLocaleString('en-US')));
});
