import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Answers at once what a cold API function asks of AWS before it can refuse a token: the rest of the time is our own code. */
export async function openStandIn(): Promise<{ readonly url: string; close(): void }> {
  const server = createServer((request, response) => {
    request.resume();
    const target = String(request.headers['x-amz-target'] ?? '');
    const answer = target.endsWith('GetSecretValue') ? { SecretString: 'x'.repeat(64) } : {};
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}
