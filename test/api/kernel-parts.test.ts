import { checkAccept, wantsText } from '../../api/kernel/accept.ts';
import { tokenOf } from '../../api/kernel/authenticate-request.ts';
import { cutPage, parseRange } from '../../api/kernel/range.ts';
import { clientRequestIds, requestIdHeader } from '../../api/kernel/request-ids.ts';

const HEROKU = 'application/vnd.heroku+json';

test.each([
  { accept: null, ok: true },
  { accept: 'text/html; version=2', ok: true },
  { accept: HEROKU, ok: true },
  { accept: `${HEROKU}; version=3`, ok: true },
  { accept: `${HEROKU.toUpperCase()};VERSION = "3"`, ok: true },
  { accept: `${HEROKU};  version=3.run-inside, */*`, ok: true },
  { accept: `${HEROKU}; version=3;q=1`, ok: true },
  { accept: `${HEROKU}; conversion=2`, ok: true },
  { accept: `${HEROKU}; version=2`, ok: false },
  { accept: `${HEROKU}; version="2"`, ok: false },
  { accept: `${HEROKU};version\t=\t2`, ok: false },
  { accept: `${HEROKU.toUpperCase()}; Version=2`, ok: false },
  { accept: `${HEROKU}; version=30`, ok: false },
  { accept: `${HEROKU}; version=2.3.`, ok: false },
  { accept: `${HEROKU}; version=edge`, ok: false },
])('Accept $accept names a version that is there: $ok', ({ accept, ok }) => {
  const message = 'Only version 3 of this API exists. Send `Accept: application/vnd.heroku+json; version=3`.';
  const refused = { ok: false, error: { id: 'not_acceptable', message } };
  expect(checkAccept(accept)).toEqual(ok ? { ok: true, value: undefined } : refused);
});

test.each([
  { accept: undefined, text: false },
  { accept: '*/*', text: false },
  { accept: 'text/plain', text: true },
  { accept: 'TEXT/PLAIN', text: true },
  { accept: ' text/plain;q=0.5', text: true },
  { accept: 'application/json,text/plain', text: true },
  { accept: 'application/json,  text/plain', text: true },
  { accept: 'context/plain', text: false },
  { accept: 'text/plainer', text: false },
  { accept: `${HEROKU}; version=3, text/plain`, text: false },
])('Accept $accept asks for text: $text', ({ accept, text }) => {
  expect(wantsText(new Headers(accept === undefined ? {} : { accept }))).toBe(text);
});

const basic = (userinfo: string) => Buffer.from(userinfo).toString('base64');
test.each([
  { authorization: null, token: undefined },
  { authorization: '', token: undefined },
  { authorization: 'Bearer', token: undefined },
  { authorization: 'Bearer abc', token: 'abc' },
  { authorization: 'BEARER   abc', token: 'abc' },
  { authorization: 'Bearer a b', token: undefined },
  { authorization: 'XBearer abc', token: undefined },
  { authorization: 'Bearer-abc', token: undefined },
  { authorization: `Basic ${basic('me:abc')}`, token: 'abc' },
  { authorization: `basic  ${basic(':abc')}`, token: 'abc' },
  { authorization: `Basic ${basic('me:a:b')}`, token: 'a:b' },
  { authorization: `Basic ${basic('abc')}`, token: 'abc' },
  { authorization: `Basic ${basic('abc:')}`, token: undefined },
  { authorization: `Basic ${basic(':abc')} x`, token: undefined },
  { authorization: `XBasic ${basic(':abc')}`, token: undefined },
  { authorization: `Digest ${basic(':abc')}`, token: undefined },
])('Authorization $authorization holds the token $token', ({ authorization, token }) => {
  expect(tokenOf(authorization)).toBe(token);
});

test('a token of 512 letters is looked at, a longer one is none of ours', () => {
  expect(tokenOf(`Bearer ${'a'.repeat(512)}`)).toBe('a'.repeat(512));
  expect(tokenOf(`Bearer ${'a'.repeat(513)}`)).toBeUndefined();
});

test.each([
  { header: null, ids: [] },
  { header: '', ids: [] },
  { header: 'a', ids: ['a'] },
  { header: 'a, b ,c', ids: ['a', 'b', 'c'] },
  { header: '1.2:3-4_5', ids: ['1.2:3-4_5'] },
  { header: 'a b,c', ids: ['c'] },
  { header: 'é,<a>,c', ids: ['c'] },
  { header: `${'a'.repeat(129)},${'b'.repeat(128)}`, ids: ['b'.repeat(128)] },
  { header: `${','.repeat(8_191)}ab`, ids: ['a'] },
])('of the request ids in $header these are used: $ids', ({ header, ids }) => {
  expect(clientRequestIds(header)).toEqual(ids);
});

test('an answer names its own id and the newest of the client', () => {
  expect(requestIdHeader('own', [])).toBe('own');
  expect(requestIdHeader('own', ['new', 'old'])).toBe('own,new');
});

describe('Range', () => {
  const keys = ['id', 'name'] as const;
  const usage = 'Send `Range` as `<attribute> <first>..<last>; max=<n>, order=asc`.';
  const option = (text: string) => `Unknown option \`${text}\` in \`Range\`: use max=<n> and order=asc|desc.`;
  test.each([
    { header: 'id', message: usage },
    { header: 'id a', message: usage },
    { header: 'id a..b c', message: usage },
    { header: 'x id ..', message: usage },
    { header: 'ID ..', message: usage },
    { header: 'color ..', message: 'This list can be sorted by id, name, not by color.' },
    { header: 'id %zz..', message: '`Range` has an invalid percent-encoding.' },
    { header: 'id ..%zz', message: '`Range` has an invalid percent-encoding.' },
    { header: 'id ..; max', message: option('max') },
    { header: 'id ..; max=0', message: option('max=0') },
    { header: 'id ..; max=5x', message: option('max=5x') },
    { header: 'id ..; max=x5', message: option('max=x5') },
    { header: 'id ..; max=1234567890', message: option('max=1234567890') },
    { header: 'id ..; least=5', message: option('least=5') },
    { header: 'id ..; way=asc', message: option('way=asc') },
    { header: 'id ..; way=desc', message: option('way=desc') },
    { header: 'id ..; order=up', message: option('order=up') },
    { header: `id ..; ${'x'.repeat(50)}`, message: option('x'.repeat(40)) },
  ])('$header is refused in words', ({ header, message }) => {
    expect(parseRange(header, keys)).toEqual({ ok: false, error: { id: 'requested_range_not_satisfiable', message } });
  });

  const id = '0b3e5a52-2c4b-4b9e-9d0e-1f2a3b4c5d6e';
  test.each([
    { header: ';max=5', range: { max: 5 } },
    { header: 'id ..;; max = 5 ,, order = desc ;', range: { max: 5, descending: true } },
    { header: 'id ..; max=123456789', range: { max: 1_000 } },
    { header: 'id ..; order=desc, order=asc', range: {} },
    { header: 'name\t ..', range: { attribute: 'name' } },
    { header: 'name ..b', range: { attribute: 'name', last: { value: 'b', exclusive: false } } },
    { header: 'a%20%2E%2Eb..', range: { first: { value: 'a ..b', exclusive: false } } },
    { header: `]a~${id}..`, range: { first: { value: 'a', exclusive: true, id } } },
    { header: `]a~${id}x..`, range: { first: { value: `a~${id}x`, exclusive: true } } },
    { header: `..~${id}[`, range: { last: { value: '', exclusive: true, id } } },
    { header: 'a~0..', range: { first: { value: 'a~0', exclusive: false } } },
  ])('$header is understood', ({ header, range }) => {
    const value = { attribute: 'id', max: 200, descending: false, ...range };
    expect(parseRange(header, keys)).toEqual({ ok: true, value });
  });

  const page = (values: readonly unknown[], header: string) => {
    const range = parseRange(header, keys);
    if (!range.ok) throw new Error(range.error.message);
    return cutPage(
      values.map((name, index) => ({ id: `${index}`, name })),
      range.value,
    );
  };
  test.each([
    { value: 'a.b', written: 'a.b' },
    { value: 'a b', written: 'a%20b' },
    { value: 'x:y', written: 'x:y' },
    { value: 'x~y~', written: 'x%7Ey%7E' },
    { value: '1:2:3', written: '1:2:3' },
    { value: '.a.b', written: '%2Ea%2Eb' },
    { value: 'a.b.', written: 'a%2Eb%2E' },
    { value: 'a..b', written: 'a%2E%2Eb' },
    { value: 'ü;,[]', written: '%C3%BC%3B%2C%5B%5D' },
    { value: 7, written: '7' },
  ])('$value is written as $written', ({ value, written }) => {
    expect(page([value], 'name ..').contentRange).toBe(`name ${written}..${written}; max=200`);
  });

  test.each([
    { header: 'name ..; max=2', values: ['a', 'b', 'b', 'c'], says: 'name a..b; max=2', next: 'name ]b~1..; max=2' },
    { header: 'name ..; max=1', values: ['', 'a'], says: 'name ..; max=1', next: 'name ]~0..; max=1' },
    {
      header: 'name ..c[; max=1, order=asc',
      values: ['a', 'b', 'c'],
      says: 'name a..a; max=1',
      next: 'name ]a..c[; max=1',
    },
    {
      header: 'name c..a; max=1, order=desc',
      values: ['a', 'b', 'c'],
      says: 'name c..c; max=1, order=desc',
      next: 'name ]c..a; max=1, order=desc',
    },
    { header: 'name ..; max=2', values: ['a', 'b'], says: 'name a..b; max=2', next: undefined },
    { header: 'name ]b..', values: ['a', 'b'], says: 'name ..; max=200', next: undefined },
    { header: 'name b..', values: ['a', 'b'], says: 'name b..b; max=200', next: undefined },
    { header: 'name ..a[', values: ['a', 'b'], says: 'name ..; max=200', next: undefined },
    { header: 'name ..a', values: ['a', 'b'], says: 'name a..a; max=200', next: undefined },
    { header: 'name 9..10', values: [8, 9, 10, 11], says: 'name 9..10; max=200', next: undefined },
  ])('$header of $values says $says, and then $next', ({ header, values, says, next }) => {
    const { contentRange, nextRange } = page(values, header);
    expect({ contentRange, nextRange }).toEqual({ contentRange: says, nextRange: next });
  });
});
