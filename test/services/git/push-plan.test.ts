import { basicPassword } from '../../../services/git/credentials.ts';
import { isGitPath, parseGitRequest } from '../../../services/git/git-request.ts';
import { parseRefUpdates, planPush } from '../../../services/git/push-plan.ts';

const ZERO = '0'.repeat(40);
const OLD = 'a'.repeat(40);
const NEW = 'b'.repeat(40);
const update = (ref: string, newId = NEW, oldId = OLD) => ({ oldId, newId, ref });

test.each([
  { name: 'main is deployed', updates: [update('refs/heads/main')], deploy: 'refs/heads/main', notes: 0 },
  { name: 'master is deployed', updates: [update('refs/heads/master')], deploy: 'refs/heads/master', notes: 0 },
  {
    name: 'main goes before master',
    updates: [update('refs/heads/master'), update('refs/heads/main')],
    deploy: 'refs/heads/main',
    notes: 0,
  },
  {
    name: 'a tag beside main says nothing of its own',
    updates: [update('refs/tags/v1'), update('refs/heads/main')],
    deploy: 'refs/heads/main',
    notes: 0,
  },
  { name: 'another branch is not deployed', updates: [update('refs/heads/x')], deploy: undefined, notes: 1 },
  {
    name: 'a branch named like a path of main is another',
    updates: [update('refs/heads/x/main')],
    deploy: undefined,
    notes: 1,
  },
  { name: 'a tag named main is a tag', updates: [update('refs/tags/main')], deploy: undefined, notes: 2 },
  { name: 'notes are not deployed', updates: [update('refs/notes/commits')], deploy: undefined, notes: 1 },
  { name: 'a deleted branch is silent', updates: [update('refs/heads/x', ZERO)], deploy: undefined, notes: 0 },
])('$name', ({ updates, deploy, notes }) => {
  const plan = planPush(updates);
  expect(plan.refusal).toBeUndefined();
  expect(plan.deploy?.ref).toBe(deploy);
  expect(plan.notes).toHaveLength(notes);
});

test('deleting main refuses the whole push', () => {
  const plan = planPush([update('refs/heads/main', ZERO), update('refs/heads/master')]);
  expect(plan.refusal).toEqual(['!\tThe branch main holds what is deployed and cannot be deleted.']);
  expect(plan.deploy).toBeUndefined();
});

test('what git did not write is no push', () => {
  expect(parseRefUpdates([`${OLD} ${NEW} refs/heads/main`])).toEqual([update('refs/heads/main')]);
  expect(parseRefUpdates([`${OLD} --help refs/heads/main`])).toBeUndefined();
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

test('git paths are told from those of the API', () => {
  expect(['/shop.git/info/refs', '/shop.git', '/shop.git/HEAD'].map(isGitPath)).toEqual([true, true, true]);
  expect(['/apps/shop', '/apps/shop.git/builds', '/streams/x', '/'].map(isGitPath)).toEqual([
    false,
    false,
    false,
    false,
  ]);
});
