import { basicPassword } from '../../../services/git/credentials.ts';
import { isGitPath, parseGitRequest } from '../../../services/git/git-request.ts';
import { parseRefUpdates, planPush } from '../../../services/git/push-plan.ts';

const ZERO = '0'.repeat(40);
const OLD = 'a'.repeat(40);
const NEW = 'b'.repeat(40);
const update = (ref: string, newId = NEW, oldId = OLD) => ({ oldId, newId, ref });

const TAG = (name: string) => [
  `Pushed tag ${name}, nothing was deployed.`,
  `To deploy it, push what it names to main: git push heroku ${name}^{}:refs/heads/main`,
];
const BRANCH = 'Pushed to non-main branch, skipping build.';

test.each([
  { name: 'main is deployed', updates: [update('refs/heads/main')], deploy: 'refs/heads/main', notes: [] },
  { name: 'master is deployed', updates: [update('refs/heads/master')], deploy: 'refs/heads/master', notes: [] },
  {
    name: 'main goes before master',
    updates: [update('refs/heads/master'), update('refs/heads/main')],
    deploy: 'refs/heads/main',
    notes: [],
  },
  {
    name: 'whatever is beside main says nothing of its own',
    updates: [update('refs/tags/v1'), update('refs/notes/x'), update('refs/heads/x'), update('refs/heads/main')],
    deploy: 'refs/heads/main',
    notes: [],
  },
  { name: 'another branch is not deployed', updates: [update('refs/heads/x')], notes: [BRANCH] },
  { name: 'a branch named like a path of main is another', updates: [update('refs/heads/x/main')], notes: [BRANCH] },
  { name: 'a tag named main is a tag', updates: [update('refs/tags/main')], notes: TAG('main') },
  {
    name: 'of several tags the first is told',
    updates: [update('refs/tags/a'), update('refs/tags/b')],
    notes: TAG('a'),
  },
  {
    name: 'notes are not deployed',
    updates: [update('refs/notes/commits')],
    notes: ['Pushed refs/notes/commits, nothing was deployed.'],
  },
  {
    name: 'a name that only holds that of a branch is neither branch nor tag',
    updates: [update('refs/x/refs/heads/a')],
    notes: ['Pushed refs/x/refs/heads/a, nothing was deployed.'],
  },
  {
    name: 'each kind is told once',
    updates: [update('refs/notes/x'), update('refs/tags/v1'), update('refs/heads/a'), update('refs/heads/b')],
    notes: [BRANCH, ...TAG('v1'), 'Pushed refs/notes/x, nothing was deployed.'],
  },
  {
    name: 'what is deleted is silent',
    updates: ['heads/x', 'tags/x', 'notes/x'].map((x) => update(`refs/${x}`, ZERO)),
    notes: [],
  },
])('$name', ({ updates, deploy, notes }) => {
  expect(planPush(updates)).toEqual({ notes, ...(deploy === undefined ? {} : { deploy: update(deploy) }) });
});

test.each(['main', 'master'])('deleting %s refuses the whole push', (branch) => {
  expect(planPush([update('refs/heads/x'), update(`refs/heads/${branch}`, ZERO), update('refs/heads/main')])).toEqual({
    refusal: [`!\tThe branch ${branch} is deployed and cannot be deleted.`],
    notes: [],
  });
});

const [SHORT, LONG] = ['c'.repeat(39), 'c'.repeat(65)];
const SHA256 = 'd'.repeat(64);

test('what git tells a hook is read line by line', () => {
  expect(parseRefUpdates([])).toEqual([]);
  expect(parseRefUpdates([`${OLD} ${NEW} refs/heads/main`, `${ZERO} ${SHA256} refs/tags/a b`])).toEqual([
    update('refs/heads/main'),
    update('refs/tags/a b', SHA256, ZERO),
  ]);
});

test.each([
  `${OLD} --help refs/heads/main`,
  `${OLD} ${NEW} heads/main`,
  `${OLD} ${NEW} refs/`,
  `${OLD} ${NEW} xrefs/a`,
  `${OLD} ${SHORT} refs/a`,
  `${SHORT} ${NEW} refs/a`,
  `${OLD} ${LONG} refs/a`,
  `${LONG} ${NEW} refs/a`,
  `x${OLD} ${NEW} refs/a`,
  ` ${OLD} ${NEW} refs/a`,
  `${OLD}  ${NEW} refs/a`,
  `${OLD.toUpperCase()} ${NEW} refs/a`,
  '',
])('%j is nothing that git has written: the push is none', (line) => {
  expect(parseRefUpdates([`${OLD} ${NEW} refs/heads/main`, line])).toBeUndefined();
});

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

test.each([
  { name: 'the password is the token', header: basic('heroku:HRKU-1'), expected: 'HRKU-1' },
  { name: 'no user name', header: basic(':HRKU-1'), expected: 'HRKU-1' },
  { name: 'a colon in the password', header: basic('x:a:b'), expected: 'a:b' },
  { name: 'no password', header: basic('heroku:'), expected: undefined },
  { name: 'no colon', header: basic('heroku'), expected: undefined },
  { name: 'a line break, which would forge a header', header: basic('x:a\r\nHost: b'), expected: undefined },
  { name: 'another scheme', header: 'Bearer x', expected: undefined },
  { name: 'a scheme that only ends in Basic', header: `x${basic('a:b')}`, expected: undefined },
  { name: 'the scheme in capitals, and blanks', header: `BASIC   ${basic('a:b').slice(6)}  `, expected: 'b' },
  { name: 'no blank behind the scheme', header: basic('a:b').replace(' ', ''), expected: undefined },
  { name: 'something behind it', header: `${basic('a:b')} x`, expected: undefined },
  { name: 'base64 for URLs', header: 'Basic eDp-fg==', expected: '~~' },
  { name: 'a password of 1,024 characters', header: basic(`:${'!'.repeat(1_024)}`), expected: '!'.repeat(1_024) },
  { name: 'one of 1,025', header: basic(`:${'!'.repeat(1_025)}`), expected: undefined },
  { name: 'a space in it', header: basic('x:a b'), expected: undefined },
  { name: 'a space before it', header: basic('x: a'), expected: undefined },
  { name: 'a tilde, the last that is printed', header: basic('x:~'), expected: '~' },
  { name: 'DEL', header: basic('x:\x7f'), expected: undefined },
  { name: 'nothing', header: undefined, expected: undefined },
])('credentials: $name', ({ header, expected }) => {
  expect(basicPassword(header)).toBe(expected);
});

test.each([
  { request: 'GET /shop.git/info/refs?service=git-receive-pack', expected: 'advertise git-receive-pack' },
  { request: 'GET /shop.git/info/refs?service=git-upload-pack', expected: 'advertise git-upload-pack' },
  { request: 'POST /shop.git/git-receive-pack', expected: 'call git-receive-pack' },
  { request: 'POST /shop.git/git-upload-pack', expected: 'call git-upload-pack' },
  { request: 'GET /shop.git/info/refs', expected: undefined },
  { request: 'GET /shop.git/info/refs?service=git-upload-archive', expected: undefined },
  { request: 'GET /shop.git/git-receive-pack', expected: undefined },
  { request: 'POST /shop.git/info/refs?service=git-upload-pack', expected: undefined },
  { request: 'GET /shop.git/info/refs?a=b&service=git-upload-pack', expected: 'advertise git-upload-pack' },
  { request: 'PUT /shop.git/git-upload-pack', expected: undefined },
  { request: 'POST /shop.git/git-upload-pack?x', expected: 'call git-upload-pack' },
  { request: 'POST /shop.git/git-upload-archive', expected: undefined },
  { request: 'POST /shop.git/git-upload-pack/x', expected: undefined },
  { request: 'POST /SHOP.git/git-upload-pack', expected: undefined },
  { request: 'POST /shopxgit/git-upload-pack', expected: undefined },
  { request: 'POST /.git/git-upload-pack', expected: undefined },
  { request: 'POST x/shop.git/git-upload-pack', expected: undefined },
  { request: `POST /${'a'.repeat(64)}.git/git-upload-pack`, expected: 'call git-upload-pack' },
  { request: `POST /${'a'.repeat(65)}.git/git-upload-pack`, expected: undefined },
  { request: 'GET /shop.git/HEAD', expected: undefined },
  { request: 'GET /shop.git/objects/info/packs', expected: undefined },
  { request: 'POST /../shop.git/git-receive-pack', expected: undefined },
  { request: 'POST /a/shop.git/git-receive-pack', expected: undefined },
  { request: 'POST /shop%2f..%2fx.git/git-receive-pack', expected: undefined },
])('$request', ({ request, expected }) => {
  const [method = '', target = ''] = request.split(' ');
  const parsed = parseGitRequest(method, target);
  expect(parsed && `${parsed.kind} ${parsed.service}`).toBe(expected);
});

test('a request names its app', () => {
  expect(parseGitRequest('POST', '/a-1.git/git-receive-pack')).toEqual({
    ...{ appName: 'a-1', service: 'git-receive-pack', kind: 'call' },
  });
});

test('git paths are told from those of the API', () => {
  expect(['/shop.git/info/refs', '/shop.git', '/shop.git/HEAD', '/S.git/'].filter(isGitPath)).toHaveLength(4);
  const others = [
    '/apps/shop',
    '/apps/shop.git/builds',
    '/streams/x',
    '/',
    '/shopxgit',
    '/shop.gitx',
    '/.git',
    'x/a.git',
  ];
  expect(others.filter(isGitPath)).toEqual([]);
});
