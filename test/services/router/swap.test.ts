import { Agent, request, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, closeAll, eventually, get, httpDyno, openRouter, target } from './harness.ts';

afterEach(closeAll);

const slowDyno = (): Promise<{ port: number; server: Server }> =>
  httpDyno((incoming, response) => {
    incoming.resume();
    setTimeout(() => response.end('ok'), Math.random() * 8);
  }) as Promise<{ port: number; server: Server }>;

/** Like the dyno manager: out of the table first, then SIGTERM once requests are answered. */
test('no request fails while dynos are swapped under load', async () => {
  const { port, publish, lines } = await openRouter();
  let dynos = [await slowDyno(), await slowDyno(), await slowDyno()];
  const table = (): void => publish({ dynos: dynos.map((dyno, index) => target(dyno.port, `web.${index + 1}`)) });
  table();
  const agent = new Agent({ keepAlive: true, maxSockets: 24 });
  const outcomes = new Map<string, number>();
  let running = true;
  const load = Array.from({ length: 24 }, async (_, worker) => {
    while (running) {
      const outcome = await once(port, agent, worker % 3 === 0 ? 'POST' : 'GET');
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
  });
  const answered = (): number => [...outcomes.values()].reduce((sum, count) => sum + count, 0);
  for (let swap = 0; swap < 12; swap += 1) {
    // So that on any machine requests are under way at each swap.
    const before = answered();
    await eventually(() => answered() >= before + 40);
    const old = dynos;
    dynos = [await slowDyno(), await slowDyno(), await slowDyno()];
    table();
    await sleep(10);
    for (const { server } of old) await drained(server);
    for (const { server } of old) server.close();
  }
  running = false;
  await Promise.all(load);
  agent.destroy();
  expect(lines.filter((line) => !line.startsWith('at=info method='))).toEqual([]);
  expect([...outcomes.keys()]).toEqual(['200 ok']);
});

test('a request under way outlives its dyno’s place in the table', async () => {
  const { port, publish, lines } = await openRouter();
  let finish: () => void = () => {};
  const { port: dynoPort } = await httpDyno((_request, response) => {
    response.write('first ');
    finish = () => response.end('last');
  });
  publish({ dynos: [target(dynoPort)] });
  const client = new Client(port).send(get());
  await client.until('first');
  publish({ situation: 'crashed', dynos: [] });
  finish();
  expect(await client.untilClosed()).toContain('last');
  await eventually(() => lines.length === 1);
  expect(lines[0]).toContain('dyno=web.1');
});

/** The router ends each connection of a dyno that has left the table as soon as its request is answered. */
async function drained(server: Server): Promise<void> {
  let open = -1;
  await eventually(() => {
    server.getConnections((_error, count) => {
      open = count;
    });
    return open === 0;
  });
}

function once(port: number, agent: Agent, method: string): Promise<string> {
  return new Promise((resolve) => {
    const outgoing = request({ port, agent, method, headers: { Host: 'shop.test' } }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve(`${response.statusCode} ${body}`));
      response.on('error', (error) => resolve(String(error)));
    });
    outgoing.on('error', (error) => resolve(String(error)));
    outgoing.end(method === 'POST' ? 'body' : undefined);
  });
}
