import http from 'node:http';
import { gzipSync } from 'node:zlib';
import { openPushPlatform, type PushPlatform } from './push-platform.ts';

// Real processes on a machine that may be busy.
jest.setTimeout(60_000);

let platform: PushPlatform;
let name = '';
let other = '';
beforeAll(async () => {
  platform = await openPushPlatform();
  ({ name } = await platform.api<{ name: string }>('POST', '/apps', { name: 'shop' }));
  other = await platform.newToken('other@example.com');
});
afterAll(() => platform.close());

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
  readonly continued: boolean;
  /** False: the connection broke in the middle. */
  readonly complete: boolean;
}

function request(
  method: string,
  path: string,
  headers: http.OutgoingHttpHeaders = {},
  body: readonly (Buffer | string)[] = [],
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = http.request({ host: '127.0.0.1', port: platform.port, method, path, headers, agent: false });
    let continued = false;
    sent.once('continue', () => {
      continued = true;
    });
    sent.once('error', reject);
    sent.once('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => {});
      response.once('close', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('latin1'),
          continued,
          complete: response.complete,
        }),
      );
    });
    for (const chunk of body) sent.write(chunk);
    sent.end();
  });
}

const authorization = (token: string) => `Basic ${Buffer.from(`heroku:${token}`).toString('base64')}`;
const REFS = '/shop.git/info/refs?service=git-receive-pack';

test.each([
  { who: 'nobody', path: REFS, token: () => undefined, status: 401, says: '!\tWARNING:' },
  { who: 'a wrong token', path: REFS, token: () => 'HRKU-wrong', status: 401, says: '!\tWARNING:' },
  {
    who: 'a stranger',
    path: REFS,
    token: () => other,
    status: 403,
    says: '!\tYou do not have access to the app shop.',
  },
  {
    who: 'anybody to an app that is not there',
    path: '/nothing.git/info/refs?service=git-receive-pack',
    token: () => platform.token,
    status: 404,
    says: '!\tNo such app as nothing.',
  },
  { who: 'the old protocol', path: '/shop.git/HEAD', token: () => platform.token, status: 404, says: '!\tNot a git' },
])('$who gets $status', async ({ path, token, status, says }) => {
  const value = token();
  const answer = await request('GET', path, value === undefined ? {} : { authorization: authorization(value) });
  expect(answer.status).toBe(status);
  expect(answer.body).toContain(says);
  expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
  expect(answer.headers['www-authenticate']).toBe(status === 401 ? 'Basic realm="Dynoform Git"' : undefined);
});

test('the owner gets the refs, uncached', async () => {
  const answer = await request('GET', REFS, { authorization: authorization(platform.token) });
  expect(answer.status).toBe(200);
  expect(answer.headers['content-type']).toBe('application/x-git-receive-pack-advertisement');
  expect(answer.headers['cache-control']).toContain('no-cache');
  expect(answer.body).toContain('# service=git-receive-pack');
});

test.each([
  { name: 'with its length', headers: {}, encode: (body: Buffer) => body, length: true },
  { name: 'in chunks', headers: { 'transfer-encoding': 'chunked' }, encode: (body: Buffer) => body, length: false },
  { name: 'compressed', headers: { 'content-encoding': 'gzip' }, encode: gzipSync, length: true },
  { name: 'after 100 Continue', headers: { expect: '100-continue' }, encode: (body: Buffer) => body, length: true },
])('takes a request body $name', async ({ headers, encode, length }) => {
  const body = encode(Buffer.from('0014command=ls-refs\n00010000'));
  const answer = await request(
    'POST',
    '/shop.git/git-upload-pack',
    {
      authorization: authorization(platform.token),
      'content-type': 'application/x-git-upload-pack-request',
      'git-protocol': 'version=2',
      ...(length ? { 'content-length': body.length } : {}),
      ...headers,
    },
    [body.subarray(0, 9), body.subarray(9)],
  );
  expect(answer.status).toBe(200);
  expect(answer.headers['content-type']).toBe('application/x-git-upload-pack-result');
  // `unborn HEAD` before the first push, then refs; always a flush at the end.
  expect(answer.body).toMatch(/0000$/);
  expect(answer.continued).toBe('expect' in headers);
});

test('a broken body breaks its own request only', async () => {
  const headers = {
    authorization: authorization(platform.token),
    'content-type': 'application/x-git-receive-pack-request',
  };
  const answer = await request('POST', '/shop.git/git-receive-pack', headers, [Buffer.alloc(70_000, 'x')]);
  // An answer that git did not finish does not look complete.
  expect([answer.status, answer.complete]).toEqual([200, false]);
  const refs = await request('GET', REFS, headers);
  expect(refs.status).toBe(200);
});

test('a token that may only read clones, but pushes to no branch and no tag', async () => {
  const { access_token } = await platform.api<{ access_token: { token: string } }>('POST', '/oauth/authorizations', {
    scope: ['read'],
  });
  const remote = platform.remote(name, access_token.token);
  const work = await platform.repository({ Procfile: 'web: a' });
  expect(await platform.git(work, ['ls-remote', remote])).toMatchObject({ status: 0 });
  for (const refs of [
    ['HEAD:refs/heads/feature'],
    ['HEAD:refs/tags/v1'],
    [':refs/heads/main'],
    ['HEAD:refs/heads/main'],
  ]) {
    const pushed = await platform.git(work, ['push', remote, ...refs]);
    expect(pushed.text).toMatch(/remote: !\s+The scope of this token does not allow this\./);
    expect(pushed.status).toBe(128);
  }
});

test('git shows its user what is wrong', async () => {
  const work = await platform.repository({ Procfile: 'web: a' });
  const missing = await platform.git(work, ['push', platform.remote('nothing'), 'main']);
  expect(missing.text).toMatch(/remote: !\s+No such app as nothing\./);
  const stranger = await platform.git(work, ['push', platform.remote(name, other), 'main']);
  expect(stranger.text).toMatch(/remote: !\s+You do not have access to the app shop\./);
  expect([missing.status, stranger.status]).toEqual([128, 128]);
});
