import { Dyno } from '../../../services/router/dyno.ts';
import { DynoConnection } from '../../../services/router/dyno-connection.ts';

const connections: DynoConnection[] = [];
afterEach(() => {
  for (const connection of connections.splice(0)) connection.socket.destroy();
});

/** A connection whose socket events the test sends. */
function open() {
  const told: string[] = [];
  const user = {
    onConnected: () => told.push('connected'),
    onConnectFailed: (failure: string) => told.push(`failed: ${failure}`),
    onDynoData: (chunk: Buffer) => told.push(`data: ${chunk}`),
    onDynoDrain: () => told.push('drain'),
    onDynoClosed: (broken: boolean) => told.push(broken ? 'broken' : 'closed'),
  };
  const connection = new DynoConnection(new Dyno({ dynoId: 'd', name: 'web.1', host: '127.0.0.1', port: 1 }), user);
  connections.push(connection);
  const emit = (event: string, ...more: unknown[]) => connection.socket.emit(event, ...more);
  const fail = (code?: string) =>
    emit('error', Object.assign(new Error('a failure'), code === undefined ? {} : { code }));
  return { connection, told, emit, fail };
}

test.each([
  { code: 'ETIMEDOUT', failure: 'timeout' },
  { code: 'ECONNREFUSED', failure: 'refused' },
  { code: 'EHOSTUNREACH', failure: 'refused' },
  { code: undefined, failure: 'refused' },
  ...['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOBUFS', 'ENOMEM', 'EACCES', 'EPERM'].map((code) => ({
    code,
    failure: 'router',
  })),
])('a connection that fails with $code: $failure', ({ code, failure }) => {
  const { connection, told, fail, emit } = open();
  fail(code);
  emit('close');
  expect(told).toEqual([`failed: ${failure}`]);
  expect([connection.socket.destroyed, connection.user]).toEqual([true, undefined]);
});

test('a connection tells its request of all that happens', () => {
  const { told, emit } = open();
  emit('connect');
  emit('data', Buffer.from('x'));
  emit('drain');
  expect(told).toEqual(['connected', 'data: x', 'drain']);
});

test.each([
  { event: 'end', is: 'closed' },
  { event: 'close', is: 'broken' },
])('a connection that ends ($event) is $is, which is told once', ({ event, is }) => {
  const { connection, told, emit } = open();
  emit('connect');
  emit(event);
  emit('close');
  expect(told).toEqual(['connected', is]);
  expect(connection.socket.destroyed).toBe(true);
});

test('a connection that is reset after it was made is broken, not refused', () => {
  const { told, emit, fail } = open();
  emit('connect');
  fail('ECONNRESET');
  expect(told).toEqual(['connected', 'broken']);
});

test('bytes that nobody asked for end an idle connection', () => {
  const { connection, told, emit } = open();
  connection.user = undefined;
  emit('data', Buffer.from('x'));
  expect([connection.socket.destroyed, told]).toEqual([true, []]);
});

test('a connection that was given up tells nothing more', () => {
  const { connection, told, emit, fail } = open();
  connection.destroy();
  emit('connect');
  emit('drain');
  emit('end');
  fail('ECONNRESET');
  expect(told).toEqual([]);
});
