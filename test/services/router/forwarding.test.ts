import {
  Client,
  cannedDyno,
  closeAll,
  get,
  httpDyno,
  openRouter,
  REQUEST_ID,
  rawDyno,
  send,
  steady,
  target,
} from './harness.ts';

afterEach(closeAll);

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** What the dyno receives for a request head, without the time. */
async function forwarded(head: string): Promise<{ got: string[]; port: number }> {
  const { port, publish } = await openRouter();
  const dyno = await cannedDyno(OK);
  publish({ dynos: [target(dyno.port)] });
  await send(port, head);
  return {
    got: (dyno.received[0] ?? '').replace(/X-Request-Start: [0-9]{13}\r\n/, 'X-Request-Start: T\r\n').split('\r\n'),
    port,
  };
}

describe('the head that the dyno gets', () => {
  test('is the client’s, with the router’s own fields behind', async () => {
    const { got, port } = await forwarded(
      'GET /a?b=c HTTP/1.1\r\nhost: Shop.Test:81\r\nAccept:  */*\r\nX-Forwarded-Host: h\r\nConnection: close\r\n\r\n',
    );
    expect(got).toEqual([
      'GET /a?b=c HTTP/1.1',
      'Host: Shop.Test:81',
      'Accept:  */*',
      'X-Forwarded-Host: h',
      `X-Request-Id: ${REQUEST_ID}`,
      'X-Forwarded-For: 127.0.0.1',
      'X-Forwarded-Proto: http',
      `X-Forwarded-Port: ${port}`,
      'X-Request-Start: T',
      'Via: 1.1 heroku-router',
      'Connection: keep-alive',
      '',
      '',
    ]);
  });

  test.each([
    {
      name: 'appends to X-Forwarded-For, all of them',
      field: 'X-Forwarded-For: 1.2.3.4\r\nx-forwarded-for: 5.6.7.8',
      line: 'X-Forwarded-For: 1.2.3.4, 5.6.7.8, 127.0.0.1',
    },
    {
      name: 'overwrites X-Forwarded-Proto',
      field: 'X-Forwarded-Proto: https',
      line: 'X-Forwarded-Proto: http',
      not: 'https',
    },
    {
      name: 'drops its twin with an underscore',
      field: 'X_Forwarded_Proto: https',
      line: 'X-Forwarded-Proto: http',
      not: 'X_Forwarded_Proto',
    },
    { name: 'overwrites X-Request-Start', field: 'X-Request-Start: 1', line: 'X-Request-Start: T', not: 'Start: 1' },
    {
      name: 'keeps a valid X-Request-Id',
      field: 'X-Request-Id: abcdefghij+/=-0123456789',
      line: 'X-Request-Id: abcdefghij+/=-0123456789',
    },
    { name: 'replaces a short X-Request-Id', field: 'X-Request-Id: short', line: `X-Request-Id: ${REQUEST_ID}` },
    {
      name: 'replaces a long X-Request-Id',
      field: `X-Request-Id: ${'a'.repeat(201)}`,
      line: `X-Request-Id: ${REQUEST_ID}`,
    },
    {
      name: 'replaces an X-Request-Id with other characters',
      field: `X-Request-Id: ${'a'.repeat(20)}"`,
      line: `X-Request-Id: ${REQUEST_ID}`,
    },
    { name: 'appends to Via', field: 'Via: 1.0 fred', line: 'Via: 1.0 fred, 1.1 heroku-router' },
    {
      name: 'strips what Connection names',
      field: 'Connection: X-Hop\r\nX-Hop: 1\r\nx-keep: 1',
      line: 'x-keep: 1',
      not: 'X-Hop',
    },
    {
      name: 'strips Keep-Alive, TE and Proxy-Connection',
      field: 'Keep-Alive: 1\r\nTE: trailers\r\nProxy-Connection: x',
      line: 'Connection: keep-alive',
      not: 'trailers',
    },
    { name: 'keeps a length of 0', field: 'Content-Length: 0', line: 'Content-Length: 0' },
    {
      name: 'leaves h2c out of an upgrade',
      field: 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x',
      line: 'Connection: keep-alive',
      not: 'h2c',
    },
    {
      name: 'does not upgrade without Connection: upgrade',
      field: 'Upgrade: websocket',
      line: 'Connection: keep-alive',
      not: 'websocket',
    },
  ])('$name', async ({ field, line, not }) => {
    const { got } = await forwarded(get('/', `${field}\r\n`));
    expect(got).toContain(line);
    if (not !== undefined) expect(got.join('\n')).not.toContain(not);
  });

  test('names a client of IPv4 by its own address where the router listens for IPv6 too', async () => {
    const { port, publish, lines } = await openRouter({}, undefined, [], { host: '::ffff:127.0.0.1' });
    const dyno = await cannedDyno(OK);
    publish({ dynos: [target(dyno.port)] });
    await send(port, get());
    expect(dyno.received[0]).toContain('X-Forwarded-For: 127.0.0.1\r\n');
    expect(lines[0]).toContain('fwd="127.0.0.1"');
  });

  test('of an absolute target has its host and origin form', async () => {
    const { got } = await forwarded('GET http://shop.test/x HTTP/1.1\r\nHost: other.test\r\nConnection: close\r\n\r\n');
    expect(got.slice(0, 2)).toEqual(['GET /x HTTP/1.1', 'Host: shop.test']);
  });

  test('of an HTTP/1.0 client says so in Via', async () => {
    const { got } = await forwarded('GET / HTTP/1.0\r\nHost: shop.test\r\n\r\n');
    expect(got[0]).toBe('GET / HTTP/1.1');
    expect(got).toContain('Via: 1.0 heroku-router');
  });
});

async function answered(answer: string, request = get()): Promise<string> {
  const { port, publish } = await openRouter();
  const { port: dynoPort } = await rawDyno((socket) => socket.on('data', () => socket.end(answer)));
  publish({ dynos: [target(dynoPort)] });
  return send(port, request);
}

describe('what the client gets', () => {
  test.each([
    {
      name: 'a response with a length',
      answer:
        'HTTP/1.1 201 Made\r\nX: 1\r\nContent-Length: 2\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\n\r\nok',
      expected:
        'HTTP/1.1 201 Made\r\nX: 1\r\nServer: Heroku\r\nVia: 1.1 heroku-router\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok',
    },
    {
      name: 'its own Server and Via',
      answer: 'HTTP/1.1 200 OK\r\nServer: mine\r\nVia: 1.1 inner\r\nContent-Length: 0\r\n\r\n',
      expected:
        'HTTP/1.1 200 OK\r\nServer: mine\r\nVia: 1.1 inner, 1.1 heroku-router\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
    },
    {
      name: 'a chunked response as it is',
      answer: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x\r\nok\r\n0\r\nT: 1\r\n\r\n',
      expected:
        'HTTP/1.1 200 OK\r\nServer: Heroku\r\nVia: 1.1 heroku-router\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n2;x\r\nok\r\n0\r\nT: 1\r\n\r\n',
    },
    {
      name: 'a response that ends with the connection',
      answer: 'HTTP/1.0 200 OK\r\n\r\nall of it',
      expected: 'HTTP/1.1 200 OK\r\nServer: Heroku\r\nVia: 1.1 heroku-router\r\nConnection: close\r\n\r\nall of it',
    },
    {
      name: 'no body of a HEAD request, whatever the dyno sends',
      request: get().replace('GET', 'HEAD'),
      answer: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
      expected:
        'HTTP/1.1 200 OK\r\nServer: Heroku\r\nVia: 1.1 heroku-router\r\nContent-Length: 2\r\nConnection: close\r\n\r\n',
    },
    {
      name: '204 without a length',
      answer: 'HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n',
      expected: 'HTTP/1.1 204 No Content\r\nServer: Heroku\r\nVia: 1.1 heroku-router\r\nConnection: close\r\n\r\n',
    },
    {
      name: 'nothing behind the response',
      answer: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil',
      expected:
        'HTTP/1.1 200 OK\r\nServer: Heroku\r\nVia: 1.1 heroku-router\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok',
    },
    {
      name: 'early hints, but no 100 of the dyno',
      answer:
        'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
      expected:
        'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nServer: Heroku\r\nVia: 1.1 heroku-router\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
    },
    {
      name: 'with HTTP/1.0, a chunked response without the coding',
      request: 'GET / HTTP/1.0\r\nHost: shop.test\r\nConnection: keep-alive\r\n\r\n',
      answer: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n3\r\nay!\r\n0\r\n\r\n',
      expected: 'HTTP/1.1 200 OK\r\nServer: Heroku\r\nVia: 1.1 heroku-router\r\nConnection: close\r\n\r\nokay!',
    },
  ])('$name', async ({ answer, request, expected }) => {
    expect(await answered(answer, request)).toBe(expected);
  });

  test('100 Continue from the router itself, and the dyno no Expect', async () => {
    const { port, publish } = await openRouter();
    const { port: dynoPort } = await httpDyno((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => response.end(`${request.headers.expect} ${body}`));
    });
    publish({ dynos: [target(dynoPort)] });
    const client = new Client(port).send(get('/', 'Expect: 100-Continue\r\nContent-Length: 5\r\n'));
    expect(await client.until('\r\n\r\n')).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    expect(await client.send('hello').untilClosed()).toContain('undefined hello');
  });
});

describe('log lines', () => {
  test.each([
    { name: 'a hostile path', request: get('/a"b\\c\xff'), path: 'path="/a%22b%5Cc%FF"' },
    { name: 'a path that looks like a line', request: get('/%0aat=info'), path: 'path="/%0aat=info"' },
    {
      name: 'a hostile forwarded-for',
      request: get('/', 'X-Forwarded-For: 1" status=200 \\\t\xe9\r\n'),
      path: 'fwd="1\\" status=200 \\\\\\x09\\xE9, 127.0.0.1"',
    },
    { name: 'a long path', request: get(`/${'a'.repeat(8000)}`), path: `path="/${'a'.repeat(6143)}..."` },
    {
      name: 'a long forwarded-for',
      request: get('/', `X-Forwarded-For: ${'\xe9'.repeat(4000)}\r\n`),
      path: `fwd="${'\\xE9'.repeat(512)}..."`,
    },
  ])('$name stays inside its quotes', async ({ request, path }) => {
    const { port, publish, lines } = await openRouter();
    publish({ situation: 'no-web' });
    await send(port, request);
    expect(lines[0]).toContain(path);
    expect(lines[0]).toMatch(/^[\x20-\x7e]{1,9999}$/);
  });

  test('the host is logged as it routes', async () => {
    const { port, publish, lines } = await openRouter();
    const dyno = await cannedDyno(OK);
    publish({ dynos: [target(dyno.port, 'web.7')] });
    await send(port, 'POST /x HTTP/1.1\r\nHost: SHOP.TEST.:8080\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi');
    expect(steady(lines)).toEqual([
      `at=info method=POST path="/x" host=shop.test request_id=${REQUEST_ID} fwd="127.0.0.1" dyno=web.7 connect=Nms service=Nms status=200 bytes=2 protocol=http`,
    ]);
  });
});

describe('error pages', () => {
  test.each([
    {
      name: 'ERROR_PAGE_URL in a frame',
      routes: { situation: 'crashed', errorPageUrl: 'https://cdn.test/e.html?a=1&b="><script>' },
      expected: '<iframe src="https://cdn.test/e.html?a=1&amp;b=&quot;&gt;&lt;script&gt;"></iframe>',
    },
    {
      name: 'MAINTENANCE_PAGE_URL, protocol-relative',
      routes: { maintenance: true, maintenancePageUrl: '//cdn.test/m.html' },
      expected: '<iframe src="//cdn.test/m.html"></iframe>',
    },
    {
      name: 'no script URL',
      routes: { situation: 'crashed', errorPageUrl: 'javascript:alert(1)' },
      expected: '<h1>Application error</h1>',
    },
    {
      name: 'no data URL',
      routes: { maintenance: true, maintenancePageUrl: 'data:text/html,x' },
      expected: '<h1>Offline for Maintenance</h1>',
    },
  ] as const)('$name', async ({ routes, expected }) => {
    const { port, publish } = await openRouter();
    publish(routes);
    expect(await send(port, get())).toContain(expected);
  });

  test('has no body for HEAD, but its length', async () => {
    const { port, publish } = await openRouter();
    publish({ situation: 'no-web' });
    const response = await send(port, get().replace('GET', 'HEAD'));
    expect(response).toMatch(
      /^HTTP\/1.1 503 Service Unavailable\r\n(?:[A-Za-z-]+: [^\r]+\r\n)*Content-Length: [1-9][0-9]+\r\n(?:[A-Za-z-]+: [^\r]+\r\n)*\r\n$/,
    );
  });
});
