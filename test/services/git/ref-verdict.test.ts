import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { refusalByGit } from '../../../services/git/ref-verdict.ts';
import { runGit } from './run-git.ts';

const ZERO = '0'.repeat(40);
const NOWHERE = '1'.repeat(40);

let repository: string;
let commit: string;
let next: string;
let tag: string;
beforeAll(() => {
  repository = mkdtempSync(join(tmpdir(), 'verdict-'));
  runGit(repository, ['init', '--quiet', '--bare', '.']);
  const tree = runGit(repository, ['mktree']);
  commit = runGit(repository, ['commit-tree', '-m', 'one', tree]);
  next = runGit(repository, ['commit-tree', '-m', 'two', '-p', commit, tree]);
  runGit(repository, ['tag', '-a', '-m', 'tag', 'v1', commit]);
  tag = runGit(repository, ['rev-parse', 'v1']);
  for (const name of ['main', 'topic/a', 'locked']) runGit(repository, ['update-ref', `refs/heads/${name}`, commit]);
  writeFileSync(join(repository, 'refs/heads/locked.lock'), '');
});
afterAll(() => rmSync(repository, { recursive: true, force: true }));

type Change = readonly [ref: string, oldId: () => string, newId: () => string];
const change = ([ref, oldId, newId]: Change) => ({ ref, oldId: oldId(), newId: newId() });
const [nothing, one, two] = [() => ZERO, () => commit, () => next];

test.each<{ name: string; changes: readonly Change[]; reason?: RegExp }>([
  { name: 'a branch that moves', changes: [['refs/heads/main', one, two]] },
  { name: 'a new branch', changes: [['refs/heads/new', nothing, one]] },
  { name: 'a branch that goes', changes: [['refs/heads/main', one, nothing]] },
  { name: 'the end of a branch that is not there', changes: [['refs/heads/new', nothing, nothing]] },
  { name: 'a tag that is an object of its own', changes: [['refs/tags/v2', nothing, () => tag]] },
  {
    name: 'several at once',
    changes: [
      ['refs/heads/main', one, two],
      ['refs/heads/new', nothing, two],
      ['refs/heads/topic/a', one, nothing],
    ],
  },
  {
    name: 'a branch that is to name a tag',
    changes: [['refs/heads/main', one, () => tag]],
    reason: /^cannot update ref 'refs\/heads\/main': trying to write non-commit object/,
  },
  {
    name: 'a name below a branch',
    changes: [['refs/heads/main/x', nothing, one]],
    reason: /'refs\/heads\/main' exists; cannot create 'refs\/heads\/main\/x'/,
  },
  {
    name: 'a name above a branch, beside a right one',
    changes: [
      ['refs/heads/main', one, two],
      ['refs/heads/topic', nothing, one],
    ],
    reason: /'refs\/heads\/topic\/a' exists; cannot create 'refs\/heads\/topic'/,
  },
  {
    name: 'a branch that is elsewhere by now',
    changes: [['refs/heads/main', two, two]],
    reason: /refs\/heads\/main.* is at [0-9a-f]{40} but expected/,
  },
  {
    name: 'an object that is not there',
    changes: [['refs/heads/main', one, () => NOWHERE]],
    reason: /nonexistent object/,
  },
  { name: 'a name that git does not take', changes: [['refs/heads/a..b', nothing, one]], reason: /invalid ref format/ },
  {
    name: 'a branch that is locked, without a path of this machine',
    changes: [['refs/heads/locked', one, two]],
    reason: /^cannot lock ref 'refs\/heads\/locked': Unable to create 'refs\/heads\/locked.lock': File exists/,
  },
])('$name', async ({ changes, reason }) => {
  const refusal = await refusalByGit({ repository }, changes.map(change));
  expect(refusal ?? '').toMatch(reason ?? /^$/);
  // It is a question: nothing has moved, and no lock is left.
  expect(runGit(repository, ['for-each-ref', '--format=%(objectname) %(refname)'])).toBe(
    [
      `${commit} refs/heads/locked`,
      `${commit} refs/heads/main`,
      `${commit} refs/heads/topic/a`,
      `${tag} refs/tags/v1`,
    ].join('\n'),
  );
  expect(await refusalByGit({ repository }, [change(['refs/heads/main', one, two])])).toBeUndefined();
});

test('what is no verdict of git’s is an error', async () => {
  const updates = [change(['refs/heads/main', one, two])];
  await expect(refusalByGit({ repository: tmpdir() }, updates)).rejects.toThrow('not a git repository');
  await expect(refusalByGit({ repository: '/nonexistent' }, updates)).rejects.toThrow('ENOENT');
});
