import type { AppRoutes } from '../../../core/records/app-routes.ts';
import { Acknowledgements } from '../../../services/router/acknowledgements.ts';
import * as codes from '../../../services/router/codes.ts';
import { errorPage, NO_SUCH_APP_PAGE } from '../../../services/router/error-pages.ts';
import { type RequestRecord, routerLine } from '../../../services/router/log-line.ts';
import { HEROKU_TIMEOUTS, TIMEOUTS_BEHIND_PROXY } from '../../../services/router/timeouts.ts';

const REQUEST: RequestRecord = {
  code: undefined,
  method: 'GET',
  target: '/path?q=1',
  host: 'shop.test',
  requestId: 'id-1',
  forwardedFor: '192.0.2.1',
  protocol: 'https',
  dyno: 'web.1',
  connectMs: 0,
  serviceMs: 12,
  status: 200,
  bytes: 34,
};
const line = (changes: Partial<RequestRecord> = {}) => routerLine({ ...REQUEST, ...changes });

/** Heroku Dev Center, "Heroku Error Codes": the beginning of a router line, and its status. */
const BEGINNINGS: Readonly<Record<string, readonly [beginning: string, status: number]>> = {
  APP_CRASHED: ['at=error code=H10 desc="App crashed"', 503],
  BACKLOG_TOO_DEEP: ['at=error code=H11 desc="Backlog too deep"', 503],
  REQUEST_TIMEOUT: ['at=error code=H12 desc="Request timeout"', 503],
  CLOSED_WITHOUT_RESPONSE: ['at=error code=H13 desc="Connection closed without response"', 503],
  NO_WEB_PROCESSES: ['at=error code=H14 desc="No web processes running"', 503],
  IDLE_CONNECTION: ['at=error code=H15 desc="Idle connection"', 503],
  POORLY_FORMATTED_RESPONSE: ['at=error code=H17 desc="Poorly formatted HTTP response"', 503],
  SERVER_INTERRUPTED: ['sock=backend at=error code=H18 desc="Server Request Interrupted"', 503],
  CONNECTION_TIMEOUT: ['at=error code=H19 desc="Backend connection timeout"', 503],
  BOOT_TIMEOUT: ['at=error code=H20 desc="App boot timeout"', 503],
  CONNECTION_REFUSED: ['at=error code=H21 desc="Backend connection refused"', 503],
  FORCED_CLOSE: ['at=error code=H24 desc="Forced close"', 0],
  INVALID_CONTENT_LENGTH: ['at=error code=H25 desc="HTTP restriction: invalid content length"', 502],
  OVERSIZED_COOKIE: ['at=error code=H25 desc="HTTP restriction: oversized cookie"', 502],
  OVERSIZED_HEADER: ['at=error code=H25 desc="HTTP restriction: oversized header"', 502],
  OVERSIZED_STATUS_LINE: ['at=error code=H25 desc="HTTP restriction: oversized status line"', 502],
  BAD_HEADER: ['at=error code=H26 desc="Request Error" cause="bad header"', 400],
  BAD_CHUNK: ['at=error code=H26 desc="Request Error" cause="bad chunk"', 400],
  UNSUPPORTED_EXPECT: ['at=error code=H26 desc="Request Error" cause="unsupported expect header value"', 417],
  CLIENT_INTERRUPTED: ['sock=client at=warning code=H27 desc="Client Request Interrupted"', 499],
  CLIENT_IDLE: ['at=warning code=H28 desc="Client Connection Idle"', 499],
  ALL_QUARANTINED: ['at=error code=H34 desc="All up dynos are quarantined"', 503],
  MAINTENANCE: ['at=info code=H80 desc="Maintenance mode"', 503],
  BLANK_APP: ['at=info code=H81 desc="Blank app"', 502],
  DYNO_HOURS_USED_UP: ['at=info code=H82 desc="You\'ve used up your dyno hour pool"', 503],
  PLATFORM_ERROR: ['at=error code=H99 desc="Platform error"', 503],
};

test.each(Object.entries(codes))('%s is told in the words of Heroku', (name, code) => {
  expect([line({ code }).split(' method=')[0], code.status]).toEqual(BEGINNINGS[name]);
});

test('no code of the table is missing', () => {
  expect(Object.keys(codes).sort()).toEqual(Object.keys(BEGINNINGS).sort());
});

test.each<{ name: string; changes: Partial<RequestRecord>; shown: string }>([
  {
    name: 'an answer of the app',
    changes: {},
    shown:
      'at=info method=GET path="/path?q=1" host=shop.test request_id=id-1 fwd="192.0.2.1" dyno=web.1 connect=0ms service=12ms status=200 bytes=34 protocol=https',
  },
  {
    name: 'what was not reached stays empty',
    changes: { dyno: '', connectMs: -1, serviceMs: -1, status: 0, bytes: -1, protocol: 'http' },
    shown:
      'at=info method=GET path="/path?q=1" host=shop.test request_id=id-1 fwd="192.0.2.1" dyno= connect= service= status= bytes= protocol=http',
  },
  {
    name: 'nothing is a number too',
    changes: { connectMs: 0, serviceMs: 0, bytes: 0 },
    shown:
      'at=info method=GET path="/path?q=1" host=shop.test request_id=id-1 fwd="192.0.2.1" dyno=web.1 connect=0ms service=0ms status=200 bytes=0 protocol=https',
  },
])('$name', ({ changes, shown }) => {
  expect(line(changes)).toBe(shown);
});

const part = (text: string, key: string) => new RegExp(`${key}="((?:[^"\\\\]|\\\\.)*)"`).exec(text)?.[1];

test.each([
  { name: 'a quote', target: '/"', path: '/%22', forwardedFor: '"', fwd: '\\"' },
  { name: 'a backslash', target: '/\\', path: '/%5C', forwardedFor: '\\', fwd: '\\\\' },
  { name: 'a line break', target: '/\n', path: '/%0A', forwardedFor: '\n', fwd: '\\x0A' },
  { name: 'a byte of another script', target: '/\xe9', path: '/%E9', forwardedFor: '\xe9', fwd: '\\xE9' },
  { name: 'a space, which is plain', target: '/ ', path: '/ ', forwardedFor: 'a, b', fwd: 'a, b' },
  { name: 'DEL', target: '/\x7f', path: '/%7F', forwardedFor: '\x7f', fwd: '\\x7F' },
  { name: 'the last plain one', target: '/~', path: '/~', forwardedFor: '~', fwd: '~' },
  { name: 'the neighbors of quote and backslash', target: '/!#[]', path: '/!#[]', forwardedFor: '!#[]', fwd: '!#[]' },
])('$name in path and forwarded-for cannot end its quotes', ({ target, path, forwardedFor, fwd }) => {
  const shown = line({ target, forwardedFor });
  expect([part(shown, 'path'), part(shown, 'fwd')]).toEqual([path, fwd]);
});

test.each([
  { what: 'path', max: 6_144 },
  { what: 'fwd', max: 2_048 },
])('$what is cut behind $max bytes, escapes counted', ({ what, max }) => {
  const shown = (text: string) => part(line(what === 'path' ? { target: text } : { forwardedFor: text }), what);
  expect(shown('a'.repeat(max))).toBe('a'.repeat(max));
  expect(shown('a'.repeat(max + 1))).toBe(`${'a'.repeat(max)}...`);
  const escaped = what === 'path' ? '%0A' : '\\x0A';
  expect(shown(`${'a'.repeat(max - escaped.length)}\n`)).toBe(`${'a'.repeat(max - escaped.length)}${escaped}`);
  expect(shown(`${'a'.repeat(max - 1)}\n`)).toBe(`${'a'.repeat(max - 1)}${escaped[0]}...`);
});

/** A page's text, as a reader sees it. */
function words(html: string): readonly (string | undefined)[] {
  const of = (tag: string) => new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(html)?.[1];
  return [of('title'), of('h1'), of('p')];
}

const MAINTENANCE_WORDS = 'This application is undergoing maintenance right now. Please check back later.';
const ERROR_WORDS =
  'An error occurred in the application and your page could not be served. If you are the application owner, check your logs for details. You can do this from the Heroku CLI with the command <code>heroku logs --tail</code>';

test.each([
  { name: 'a crash', html: errorPage(codes.APP_CRASHED, undefined), title: 'Application error', text: ERROR_WORDS },
  {
    name: 'maintenance',
    html: errorPage(codes.MAINTENANCE, undefined),
    title: 'Offline for Maintenance',
    text: MAINTENANCE_WORDS,
  },
  {
    name: 'a blank app',
    html: errorPage(codes.BLANK_APP, undefined),
    title: 'Welcome to your new app!',
    text: 'Nothing has been released to this app yet. Deploy it with <code>git push heroku main</code>.',
  },
  {
    name: 'a bad request',
    html: errorPage(codes.BAD_HEADER, undefined),
    title: 'Bad request',
    text: 'This request is not valid HTTP/1.1.',
  },
  {
    name: 'an unknown expectation',
    html: errorPage(codes.UNSUPPORTED_EXPECT, undefined),
    title: 'Expectation failed',
    text: 'The only Expect header that is understood is 100-continue.',
  },
])('the page of $name', ({ html, title, text }) => {
  expect(words(html)).toEqual([title, title, text]);
  expect(html.startsWith('<!DOCTYPE html>\n<html>\n  <head>\n    <meta name="viewport"')).toBe(true);
  expect(html).toContain('<meta charset="utf-8">');
});

test('the page of a host that no app has', () => {
  expect(words(NO_SUCH_APP_PAGE)).toEqual([
    'No such app',
    "There's nothing here, yet.",
    'No app of this platform has this hostname. Check the spelling, or create the app and deploy to it.',
  ]);
});

const OWN = {
  errorPageUrl: 'https://pages.test/error?a="1"&b=<\'>',
  maintenancePageUrl: '//pages.test/maintenance',
} as AppRoutes;

test.each([
  {
    name: 'an error',
    code: codes.REQUEST_TIMEOUT,
    title: 'Application error',
    src: 'https://pages.test/error?a=&quot;1&quot;&amp;b=&lt;&#39;&gt;',
  },
  { name: 'maintenance', code: codes.MAINTENANCE, title: 'Offline for Maintenance', src: '//pages.test/maintenance' },
])('a page of one’s own for $name is shown in a frame', ({ code, title, src }) => {
  const html = errorPage(code, OWN);
  expect(words(html)).toEqual([title, undefined, undefined]);
  expect(/<iframe src="([^"]*)"><\/iframe>/.exec(html)?.[1]).toBe(src);
  expect(html).toContain('<meta charset="utf-8">');
});

test.each([
  '',
  'javascript:alert(1)',
  'ftp://pages.test/',
  'https:///',
  'https:// x',
  'pages.test',
  ' https://a.test/',
])('%p is no web address, and the platform shows its own page', (url) => {
  const routes = { errorPageUrl: url, maintenancePageUrl: url } as AppRoutes;
  expect(words(errorPage(codes.APP_CRASHED, routes))[2]).toBe(ERROR_WORDS);
  expect(words(errorPage(codes.MAINTENANCE, routes))[2]).toBe(MAINTENANCE_WORDS);
});

test.each(['HTTPS://A.test/', 'http://a', '//a'])('%p is one', (url) => {
  expect(errorPage(codes.APP_CRASHED, { errorPageUrl: url } as AppRoutes)).toContain(`<iframe src="${url}">`);
});

test('the times are those of Heroku', () => {
  const SECOND = 1_000;
  expect(HEROKU_TIMEOUTS).toEqual({
    connectMs: 5 * SECOND,
    quarantineMs: 5 * SECOND,
    queueMs: 75 * SECOND,
    firstByteMs: 30 * SECOND,
    idleMs: 55 * SECOND,
    keepAliveMs: 90 * SECOND,
    clientIdleMs: 60 * SECOND,
    lingerMs: 5 * SECOND,
  });
});

test('a load balancer that gives a connection up after two minutes is always the first to close it', () => {
  expect(TIMEOUTS_BEHIND_PROXY).toEqual({ ...HEROKU_TIMEOUTS, clientIdleMs: 150_000 });
});

test('who asked before an answer has it, who asked after it goes on waiting', async () => {
  const asked = new Acknowledgements();
  const done: string[] = [];
  const ask = (name: string) => {
    const { number, taken } = asked.ask();
    void taken.then(() => done.push(name));
    return number;
  };
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  ask('first');
  const second = ask('second');
  ask('third');
  expect([second, asked.last]).toEqual([2, 3]);
  asked.taken(second);
  await settle();
  expect(done).toEqual(['first', 'second']);
  asked.taken(second);
  await settle();
  expect(done).toEqual(['first', 'second']);
  ask('fourth');
  asked.all();
  await settle();
  expect(done).toEqual(['first', 'second', 'third', 'fourth']);
});
