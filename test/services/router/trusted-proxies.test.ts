import { trustedProxies } from '../../../services/router/trusted-proxies.ts';
import { cannedDyno, closeAll, openRouter, send, target } from './harness.ts';

afterEach(closeAll);

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

async function told(proxies: readonly string[], fields: string) {
  const { port, publish, lines } = await openRouter({}, undefined, proxies);
  const dyno = await cannedDyno(OK);
  publish({ dynos: [target(dyno.port)] });
  await send(port, `GET / HTTP/1.1\r\nHost: shop.test\r\n${fields}Connection: close\r\n\r\n`);
  const field = (name: string) => new RegExp(`^${name}: (.*)\r$`, 'm').exec(dyno.received[0] ?? '')?.[1];
  const [, fwd, protocol] = / fwd="([^"]*)".* protocol=(\w+)$/.exec(lines[0] ?? '') ?? [];
  return {
    for: field('X-Forwarded-For'),
    proto: field('X-Forwarded-Proto'),
    port: field('X-Forwarded-Port')?.replace(String(port), 'own'),
    fwd,
    protocol,
  };
}

const FROM_ALB = 'X-Forwarded-For: 6.6.6.6, 1.2.3.4\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Port: 443\r\n';

describe('what the dyno and the log are told of the client', () => {
  test.each([
    {
      name: 'the load balancer says so',
      proxies: ['10.0.0.0/24', '127.0.0.0/8'],
      fields: FROM_ALB,
      told: { for: '6.6.6.6, 1.2.3.4', proto: 'https', port: '443', fwd: '6.6.6.6, 1.2.3.4', protocol: 'https' },
    },
    {
      name: 'the load balancer says what no load balancer says',
      proxies: ['127.0.0.0/8'],
      fields: 'X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: gopher\r\nX-Forwarded-Port: 80; x\r\n',
      told: { for: '1.2.3.4', proto: 'http', port: '80', fwd: '1.2.3.4', protocol: 'http' },
    },
    {
      name: 'the load balancer says nothing: its own health check',
      proxies: ['127.0.0.0/8'],
      fields: '',
      told: { for: '127.0.0.1', proto: 'http', port: 'own', fwd: '127.0.0.1', protocol: 'http' },
    },
    {
      name: 'somebody else says so',
      proxies: ['10.0.0.0/24'],
      fields: FROM_ALB,
      told: {
        for: '6.6.6.6, 1.2.3.4, 127.0.0.1',
        proto: 'http',
        port: 'own',
        fwd: '6.6.6.6, 1.2.3.4, 127.0.0.1',
        protocol: 'http',
      },
    },
  ])('$name', async ({ proxies, fields, told: expected }) => {
    expect(await told(proxies, fields)).toEqual(expected);
  });
});

test.each([
  { block: '10.0.0.0', reason: 'no prefix' },
  { block: '10.0.0.0/33', reason: 'too long a prefix' },
  { block: 'example.com/8', reason: 'a name' },
  { block: '10.0.0.0/-1', reason: 'a negative prefix' },
])('$block is refused: $reason', ({ block }) => {
  expect(() => trustedProxies([block])).toThrow(block);
});

test.each([
  { block: '10.1.0.0/16', inside: '10.1.255.1', outside: '10.2.0.1' },
  { block: 'fd00:1::/32', inside: 'fd00:1::5', outside: 'fd00:2::5' },
])('$block', ({ block, inside, outside }) => {
  const isTrusted = trustedProxies([block]);
  expect([inside, outside, 'nobody', ''].map(isTrusted)).toEqual([true, false, false, false]);
});
