import { parseConnect } from '../../../bin/connect/options.ts';

const parse = (...argv: string[]) => parseConnect(argv, '/home/me/shop');

test('an address is enough', () => {
  expect(parse('https://api.example.com')).toEqual({
    ok: true,
    value: {
      kind: 'connect',
      options: {
        api: new URL('https://api.example.com'),
        port: 5001,
        dataDirectory: '/home/me/shop/.dynoform-connect',
      },
    },
  });
});

test('everything can be chosen', () => {
  const argv = ['http://localhost:5000', '--port', '6000', '--data-dir', '/tmp/x', '--token-file', '-'];
  expect(parse(...argv)).toEqual({
    ok: true,
    value: {
      kind: 'connect',
      options: { api: new URL('http://localhost:5000'), port: 6000, dataDirectory: '/tmp/x', tokenFile: '-' },
    },
  });
});

test.each([
  { name: 'no address', argv: [], error: 'connect needs the URL of the platform' },
  { name: 'two addresses', argv: ['https://a.example', 'https://b.example'], error: 'takes one URL' },
  { name: 'no URL', argv: ['api.example.com'], error: '"api.example.com" is not a URL' },
  {
    name: 'a token in the URL',
    argv: ['https://heroku:secret@api.example.com'],
    error: 'give the token with --token-file',
  },
  { name: 'an unencrypted address elsewhere', argv: ['http://api.example.com'], error: 'use https://' },
  { name: 'another protocol', argv: ['ftp://api.example.com'], error: 'must begin with https://' },
  { name: 'a path', argv: ['https://api.example.com/apps'], error: 'without a path: https://api.example.com' },
  { name: 'a port that is none', argv: ['https://a.example', '--port', '70000'], error: '--port is "70000"' },
  { name: 'an empty port', argv: ['https://a.example', '--port', ''], error: '--port is ""' },
  { name: 'an empty token file', argv: ['https://a.example', '--token-file', ''], error: '--token-file is empty' },
  { name: 'an unknown option', argv: ['https://a.example', '--tls'], error: "Unknown option '--tls'" },
])('refuses $name', ({ argv, error }) => {
  const parsed = parse(...argv);
  expect(parsed).toMatchObject({ ok: false, error: expect.stringContaining(error) });
  expect(JSON.stringify(parsed)).not.toContain('secret');
});
