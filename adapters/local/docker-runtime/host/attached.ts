import type { Socket } from 'node:net';
import type { Container } from 'dockerode';
import { joinPipes } from '../../dynos/host/client.ts';
import { outputsOf } from './frames.ts';

/**
 * Docker detaches when it reads these keys in a terminal's input. The default, Ctrl-P Ctrl-Q, would hold back every Ctrl-P
 * that somebody types to see the last command. Detaching cannot be switched off.
 */
const DETACH_KEYS = 'ctrl-@,ctrl-^,ctrl-@,ctrl-^,ctrl-@,ctrl-^';

export interface Joined {
  /** Resolves when all of the container's output was passed on. */
  readonly drained: Promise<unknown>;
}

/** Connects a client to a container that is about to start. */
export async function join(container: Container, client: Socket, terminal: boolean): Promise<Joined> {
  const connection = (await container.attach({
    stream: true,
    stdin: true,
    stdout: true,
    stderr: true,
    hijack: true,
    detachKeys: DETACH_KEYS,
  })) as unknown as Socket;
  connection.on('error', () => connection.destroy());
  if (terminal) {
    client.pipe(connection, { end: false });
    connection.pipe(client, { end: false });
    client.on('close', () => {
      // Nobody reads any more, but the program must not block on that.
      connection.unpipe(client);
      connection.resume();
    });
    return { drained: ended(connection) };
  }
  const outputs = outputsOf(connection);
  joinPipes(client, connection, outputs);
  return { drained: Promise.all(outputs.map(ended)) };
}

const ended = (stream: NodeJS.ReadableStream): Promise<void> =>
  new Promise((resolve) => {
    stream.once('end', resolve);
    stream.once('close', resolve);
  });
