import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { findRemote } from '../../../bin/connect/platform.ts';

let server: Server;
let api: URL;
let asked: { line: string; authorization: string | undefined }[];
let answer: { status: number; body: string };
beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push({ line: `${request.method} ${request.url}`, authorization: request.headers.authorization });
    response.writeHead(answer.status, { location: 'http://127.0.0.1:1/' }).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  api = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

test('a platform says where its services are to who has its token', async () => {
  answer = { status: 200, body: '{"services_url":"http://services.example.com"}' };
  const services = new URL('http://services.example.com');
  expect(await findRemote(api, 'the-token')).toEqual({ ok: true, value: { api, services } });
  expect(asked).toEqual([{ line: 'GET /dynoform', authorization: 'Bearer the-token' }]);
});

const UNLIKE = 'does not answer like Dynoform';
test.each([
  { name: 'the token is not known', status: 401, body: '{}', says: 'does not accept this access token: check --token' },
  { name: 'the token may not', status: 403, body: '{}', says: 'does not accept this access token: check --token' },
  { name: 'it is another server', status: 404, body: '{}', says: `${UNLIKE} (status 404): check the address.` },
  { name: 'it leads elsewhere', status: 301, body: '', says: `${UNLIKE} (status 301): check the address.` },
  { name: 'it is a page', status: 200, body: '<html>', says: `${UNLIKE} (status 200): check the address.` },
  { name: 'it has no services', status: 200, body: '{}', says: `${UNLIKE} (status 200): check the address.` },
  {
    name: 'its services are no address',
    status: 200,
    body: '{"services_url":"file:///x"}',
    says: `${UNLIKE} (status 200): check the address.`,
  },
])('$name', async ({ status, body, says }) => {
  answer = { status, body };
  const found = await findRemote(api, 'the-token');
  expect(found).toEqual({ ok: false, error: expect.stringContaining(`${api.origin} ${says}`) });
});

test('nobody is there', async () => {
  await new Promise((resolve) => server.close(resolve));
  expect(await findRemote(api, 'the-token')).toEqual({
    ok: false,
    error: `${api.origin} cannot be reached (ECONNREFUSED): check the address.`,
  });
});
