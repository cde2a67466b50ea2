import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { endClient, joinPipes } from '../../../adapters/local/dynos/host/client.ts';

const END = '\x04';

/** One side of a connection or a process; the test is the other side. */
class Side extends EventEmitter {
  readonly told: string[] = [];
  destroyed = false;
  writable = true;
  takes = true;
  limit: { ms: number; late: () => void } | undefined;

  write(chunk: Buffer): boolean {
    this.told.push(chunk.toString('latin1'));
    return this.takes;
  }
  end = () => this.told.push('(end)');
  pause = () => this.told.push('(pause)');
  resume = () => this.told.push('(resume)');
  destroy = () => this.told.push('(destroy)');
  setTimeout(ms: number, late: () => void) {
    this.limit = { ms, late };
  }
  says(text: string) {
    this.emit('data', Buffer.from(text, 'latin1'));
  }
}

function joined() {
  const [client, stdin, stdout, stderr] = [new Side(), new Side(), new Side(), new Side()];
  joinPipes(client as unknown as Socket, stdin as unknown as Writable, [stdout, stderr] as unknown as Readable[]);
  expect(client.told.splice(0)).toEqual(['(resume)']);
  return { client, stdin, stdout, stderr };
}

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

describe('a client without a terminal', () => {
  test('reads both outputs, as they come', () => {
    const { client, stdout, stderr } = joined();
    stdout.says('a');
    stderr.says('b');
    expect(client.told).toEqual(['a', 'b']);
  });

  test('that reads slowly is waited for by both; one that is gone by none', () => {
    const { client, stdout, stderr } = joined();
    client.takes = false;
    stdout.says('a');
    expect([stdout.told, stderr.told]).toEqual([['(pause)'], ['(pause)']]);
    client.emit('drain');
    expect([stdout.told, stderr.told]).toEqual([1, 2].map(() => ['(pause)', '(resume)']));
    client.destroyed = true;
    stdout.says('b');
    expect([client.told, stdout.told.length]).toEqual([['a'], 2]);
    client.emit('close');
    expect(stdout.told.at(-1)).toBe('(resume)');
    expect(() => stdout.emit('error', new Error('gone'))).not.toThrow();
  });

  test('is the program’s input, which may be slow or closed', () => {
    const { client, stdin } = joined();
    client.says('a');
    stdin.takes = false;
    client.says('b');
    expect([stdin.told, client.told]).toEqual([['a', 'b'], ['(pause)']]);
    for (const event of ['drain', 'close']) stdin.emit(event);
    stdin.emit('error', new Error('closed'));
    expect(client.told).toEqual(['(pause)', '(resume)', '(resume)', '(resume)']);
    stdin.writable = false;
    client.says('c');
    expect([stdin.told, client.told.length]).toEqual([['a', 'b'], 4]);
  });

  test('ends its input with one byte and nothing behind it', () => {
    const { client, stdin } = joined();
    client.says(`last${END}`);
    expect(stdin.told).toEqual(['last']);
    jest.advanceTimersByTime(49);
    expect(stdin.told).toEqual(['last']);
    jest.advanceTimersByTime(1);
    expect(stdin.told).toEqual(['last', '(end)']);
    const alone = joined();
    alone.client.says(END);
    jest.advanceTimersByTime(50);
    expect(alone.stdin.told).toEqual(['(end)']);
  });

  test('may send that byte as any other, where more follows at once', () => {
    const { client, stdin } = joined();
    client.says(`a${END}`);
    client.says('b');
    client.says(`c${END}d`);
    jest.advanceTimersByTime(1_000);
    expect(stdin.told).toEqual(['a', END, 'b', `c${END}d`]);
  });

  test('that leaves ends the input at once, and once', () => {
    const { client, stdin } = joined();
    client.says(`a${END}`);
    client.emit('close');
    jest.advanceTimersByTime(1_000);
    expect(stdin.told).toEqual(['a', '(end)']);
  });
});

test('a client has a minute for the last of a program’s output', () => {
  const client = new Side();
  endClient(client as unknown as Socket);
  expect([client.told, client.limit?.ms]).toEqual([['(end)'], 60_000]);
  client.limit?.late();
  expect(client.told).toEqual(['(end)', '(destroy)']);
});
