import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex, PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import { openCertificateAuthority } from '../../../adapters/local/certificate-authority.ts';
import { createFront } from '../../../bin/local/front.ts';
import { createFront as createServicesFront } from '../../../bin/services/front.ts';
import type { LogLine } from '../../../core/records/log-line.ts';
import { createBridge } from '../../../services/bridge/bridge.ts';
import { linkRendezvous } from '../../../services/bridge/rendezvous-link.ts';
import { createGitHandler } from '../../../services/git/git-handler.ts';
import { createListener, type Listener } from '../../../services/listener/listener.ts';
import { createIntakeHttp } from '../../../services/logs/intake-http.ts';
import { createLogRouter } from '../../../services/logs/log-router.ts';
import { createAppendHttp } from '../../../services/outputs/append-http.ts';
import { createRendezvous } from '../../../services/rendezvous/rendezvous.ts';
import { createRendezvousUpgrade } from '../../../services/rendezvous/web-socket.ts';
import { type ApiFixture, openApiFixture } from '../../api/api-fixture.ts';
import { IGNORED_PROBLEMS } from '../../problems.ts';

export const LOCAL_KEY = 'the-key-of-the-bridge';

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A place where a client may call: the platform itself, or a bridge to it. */
export interface Entry {
  readonly port: number;
  request(method: string, path: string, headers?: Readonly<Record<string, string>>, body?: string): Promise<Answered>;
  /** What a rendezvous client is sent after its first line. */
  rendezvous(secret: string): Promise<string>;
}

export interface DoorFixture extends ApiFixture {
  readonly directory: string;
  readonly direct: Entry;
  /** The services as they are on AWS, on a port of their own. */
  readonly services: Entry;
  readonly lines: LogLine[];
  bridge(token: string): Promise<Entry>;
  closeAll(): Promise<void>;
}

/** The real handlers of every protocol behind the real listener; only what would run a dyno is a stand-in. */
export async function openDoorFixture(): Promise<DoorFixture> {
  const directory = mkdtempSync(join(tmpdir(), 'dynoform-doors-'));
  const fixture = await openApiFixture();
  const { platform } = fixture;
  const { signer, clock } = platform;
  const now = clock.nowMs;
  const authority = await openCertificateAuthority(join(directory, 'certificates'));
  const secureContext = await authority.issue();
  const closes: (() => Promise<void>)[] = [];
  const enter = async (listener: Listener): Promise<Entry> => {
    closes.push(() => listener.close(0));
    return entryAt(await listener.listen(0, '127.0.0.1'));
  };

  const lines: LogLine[] = [];
  const logs = createLogRouter({ now, problems: IGNORED_PROBLEMS });
  const rendezvous = createRendezvous({ signer, now, attach: dyno });
  const handle = { front: (() => undefined) as ReturnType<typeof createFront> };
  const direct = await enter(
    createListener({
      secureContext,
      http: (request, response) => handle.front(request, response),
      upgrade: createRendezvousUpgrade(rendezvous),
      rendezvous: (socket) => rendezvous.handle(socket),
    }),
  );
  const apiUrl = `http://127.0.0.1:${direct.port}`;
  const git = createGitHandler({ directory: join(directory, 'git'), apiUrl, problems: IGNORED_PROBLEMS });
  handle.front = createFront({ platform, logs, git, problems: IGNORED_PROBLEMS });

  const servicesFront = createServicesFront({
    intake: createIntakeHttp({ signer, clock, logs: { append: (more) => void lines.push(...more) } }),
    appendOutput: createAppendHttp({ outputs: platform.outputs, signer, clock }),
    isHealthy: () => true,
    problems: IGNORED_PROBLEMS,
  });
  const servicesPort = await servicesFront.listen(0, '127.0.0.1');

  return {
    ...fixture,
    directory,
    direct,
    services: entryAt(servicesPort),
    lines,
    bridge: (token) => {
      const remote = { api: new URL(apiUrl), services: new URL(apiUrl) };
      const bridge = createBridge({ remote, token, localKey: LOCAL_KEY, localUrl: 'http://localhost:1' });
      return enter(
        createListener({
          secureContext,
          http: bridge.http,
          rendezvous: (socket) => void linkRendezvous(remote, socket),
        }),
      );
    },
    closeAll: async () => {
      await Promise.all([...closes.map((close) => close()), servicesFront.close(0)]);
      await logs.close();
      fixture.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

const dyno = () => Duplex.from({ readable: Readable.from([Buffer.from('the dyno')]), writable: new PassThrough() });

function entryAt(port: number): Entry {
  return {
    port,
    request: async (method, path, headers = {}, body = '') => {
      const sent = httpRequest({ host: '127.0.0.1', port, method, path, headers, agent: false });
      // Bodies with packs are bytes.
      sent.end(Buffer.from(body, 'latin1'));
      const [response] = await once(sent, 'response');
      return { status: response.statusCode, headers: response.headers, body: await text(response) };
    },
    rendezvous: async (secret) => {
      const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
      socket.on('error', () => socket.destroy());
      socket.write(`${secret}\r\n`);
      return text(socket).catch(() => '');
    },
  };
}

// biome-ignore lint/suspicious/noExplicitAny: tests reach into answers whose shape they assert
export const bodyOf = (json: string): any => (json.startsWith('{') ? JSON.parse(json) : undefined);
