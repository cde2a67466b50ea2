import { createServer, type Server, type Socket } from 'node:net';

const NEWLINE = 0x0a;
const TASK_REF_BYTES_MAX = 200;

/**
 * Where the platform passes on the clients of attached one-offs: one connection each, so that a client that does not read
 * slows only its own dyno. A connection begins with the task's name and a newline; the rest is the client's. Nobody else
 * may open the socket's directory.
 */
export class ClientSocket {
  readonly path: string;
  readonly #server: Server;
  readonly #waitMs: number;
  /** Either side may come first. */
  readonly #expected = new Map<string, (client: Socket) => void>();
  readonly #early = new Map<string, Socket>();

  constructor(path: string, waitMs: number) {
    this.path = path;
    this.#waitMs = waitMs;
    this.#server = createServer((socket) => this.#greet(socket));
  }

  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.path, resolve);
    });
  }

  expect(taskRef: string, onClient: (client: Socket) => void): void {
    const client = this.#early.get(taskRef);
    this.#early.delete(taskRef);
    if (client !== undefined) {
      onClient(client);
      return;
    }
    this.#expected.set(taskRef, onClient);
    setTimeout(() => this.#expected.delete(taskRef), this.#waitMs * 2);
  }

  #greet(socket: Socket): void {
    let head = Buffer.alloc(0);
    socket.on('error', () => socket.destroy());
    const onData = (chunk: Buffer) => {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf(NEWLINE);
      if (end === -1) {
        if (head.length > TASK_REF_BYTES_MAX) socket.destroy();
        return;
      }
      socket.off('data', onData);
      socket.pause();
      if (end + 1 < head.length) socket.unshift(head.subarray(end + 1));
      this.#introduce(head.toString('latin1', 0, end), socket);
    };
    socket.on('data', onData);
  }

  #introduce(taskRef: string, client: Socket): void {
    const onClient = this.#expected.get(taskRef);
    this.#expected.delete(taskRef);
    if (onClient !== undefined) {
      onClient(client);
      return;
    }
    this.#early.set(taskRef, client);
    setTimeout(() => {
      if (this.#early.delete(taskRef)) client.destroy();
    }, this.#waitMs);
  }
}
