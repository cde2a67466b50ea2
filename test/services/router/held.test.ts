import { once } from 'node:events';
import { connect } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { cannedDyno, closeAll, eventually, get, openRouter, send, statusOf, target } from './harness.ts';

afterEach(closeAll);

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** A client that has sent its request, and that the router has had time to answer. */
async function client(port: number) {
  const socket = connect(port, '127.0.0.1');
  const received = { text: '' };
  socket.on('data', (text) => {
    received.text += text;
  });
  socket.write(get());
  await once(socket, 'connect');
  for (let turns = 0; turns < 20; turns += 1) await turn();
  return { socket, received };
}

test('a router that is held answers nobody, and everybody once it is opened', async () => {
  const { router, port, publish } = await openRouter();
  router.hold();
  // Told twice, it forgets none of those that wait.
  const first = await client(port);
  router.hold();
  const second = await client(port);
  expect([first.received.text, second.received.text]).toEqual(['', '']);
  const dyno = await cannedDyno(OK);
  publish({ dynos: [target(dyno.port)] });
  router.open();
  for (const { received, socket } of [first, second]) {
    await eventually(() => received.text.endsWith('ok'));
    expect(statusOf(received.text)).toBe(200);
    socket.destroy();
  }
  expect(statusOf(await send(port, get()))).toBe(200);
});

test('one that is not held answers at once, and to open it changes nothing', async () => {
  const { router, port } = await openRouter();
  router.open();
  expect(statusOf(await send(port, get().replace('shop.test', 'other.test')))).toBe(404);
});

test('whoever waits when it stops is let go', async () => {
  const { router, port } = await openRouter();
  router.hold();
  const { socket } = await client(port);
  const closed = once(socket, 'close');
  await router.close(0);
  await closed;
  expect(socket.destroyed).toBe(true);
});
