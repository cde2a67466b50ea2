import { carriesKey } from '../../../services/bridge/local-key.ts';
import { originFor, type Remote } from '../../../services/bridge/remote.ts';
import { rewriteUrls } from '../../../services/bridge/rewrite-urls.ts';

const KEY = 'the-key';
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

test.each([
  { authorization: `Bearer ${KEY}` },
  { authorization: `bearer ${KEY}` },
  { authorization: basic(`heroku:${KEY}`) },
  { authorization: basic(`:${KEY}`) },
  { authorization: basic(KEY) },
  { authorization: basic(`heroku:${KEY}`).replace('Basic', 'BASIC') },
])('$authorization carries the key', (headers) => {
  expect(carriesKey(headers, KEY)).toBe(true);
});

test.each([
  {},
  { authorization: '' },
  { authorization: KEY },
  { authorization: 'Bearer' },
  { authorization: `Bearer ${KEY}x` },
  { authorization: `Bearer  ${KEY}` },
  { authorization: `Token ${KEY}` },
  { authorization: basic(`${KEY}:`) },
  { authorization: basic(`a:b:${KEY}`) },
  { authorization: `Token ${basic(KEY).slice(6)}` },
])('%p does not', (headers) => {
  expect(carriesKey(headers, KEY)).toBe(false);
});

const REMOTE: Remote = { api: new URL('https://api.test'), services: new URL('https://services.test') };

test.each([
  ...['/shop.git/info/refs', '/shop.git/', '/logs/abc', '/streams/abc'].map((path) => ({
    path,
    where: 'services' as const,
  })),
  ...[
    '/',
    '/apps',
    '/logs',
    '/x/logs/abc',
    '/shop.git',
    '/apps?x=/logs/',
    '/a/shop.git/info',
    '/?.git/',
    '/blobs/abc',
  ].map((path) => ({ path, where: 'api' as const })),
])('$path is asked of the $where', ({ path, where }) => {
  expect(originFor(REMOTE, path)).toBe(REMOTE[where]);
});

const REWRITES = [
  { from: 'https://services.test', to: 'http://localhost:5001' },
  { from: 'rendezvous://services.test', to: 'rendezvous://localhost:5001' },
];

test.each([
  { json: '{"a":"https://services.test/logs/x"}', home: '{"a":"http://localhost:5001/logs/x"}' },
  {
    json: '["https://services.test/a","https://services.test/b"]',
    home: '["http://localhost:5001/a","http://localhost:5001/b"]',
  },
  { json: '"rendezvous://services.test/x"', home: '"rendezvous://localhost:5001/x"' },
  { json: '"https://services.test/my-app1.git"', home: '"https://localhost:5001/my-app1.git"' },
  { json: '"https://services.test/x.git/info"', home: '"http://localhost:5001/x.git/info"' },
  { json: '"https://services.test/X.git"', home: '"http://localhost:5001/X.git"' },
  { json: '"https://services.test"', home: '"https://services.test"' },
  { json: '"https://services.test.evil/x"', home: '"https://services.test.evil/x"' },
  { json: '"see https://services.test/x"', home: '"see https://services.test/x"' },
  { json: '"https://other.test/x.git"', home: '"https://other.test/x.git"' },
])('$json', ({ json, home }) => {
  expect(rewriteUrls(json, REWRITES)).toBe(home);
});
