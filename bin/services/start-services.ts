import path from 'node:path';
import type { Background } from '../../adapters/aws/background.ts';
import type { DynamoStore } from '../../adapters/aws/dynamo-store.ts';
import { HttpLogIntake } from '../../adapters/aws/http-log-intake.ts';
import { RoutePoll } from '../../adapters/aws/route-poll.ts';
import { RouteSnapshot } from '../../adapters/aws/route-snapshot.ts';
import { ServiceNotes } from '../../adapters/aws/service-notes.ts';
import type { SqsPassRequests } from '../../adapters/aws/sqs-pass-requests.ts';
import { LocalOutputStreams } from '../../adapters/local/output-streams.ts';
import { systemClock, systemRandom } from '../../adapters/system.ts';
import type { Blobs } from '../../core/ports/blobs.ts';
import type { LogIntake } from '../../core/ports/logs.ts';
import type { Problems } from '../../core/ports/problems.ts';
import type { Signer } from '../../core/ports/signer.ts';
import { MINUTE_MS } from '../../core/time.ts';
import { createGitHandler } from '../../services/git/git-handler.ts';
import type { RepositoryArchive } from '../../services/git/shared-repositories.ts';
import { createForwardIntake } from '../../services/logs/forward-intake.ts';
import { createLogHttp } from '../../services/logs/http.ts';
import { createIntakeHttp } from '../../services/logs/intake-http.ts';
import { createLogRouter } from '../../services/logs/log-router.ts';
import { createAppendHttp } from '../../services/outputs/append-http.ts';
import { ArchivedOutputStreams } from '../../services/outputs/archived-streams.ts';
import { outputsHandler } from '../../services/outputs/http.ts';
import { createAttachPort } from '../../services/rendezvous/attach-port.ts';
import { createRendezvous } from '../../services/rendezvous/rendezvous.ts';
import { createRendezvousUpgrade } from '../../services/rendezvous/web-socket.ts';
import { startProber } from '../../services/router/prober.ts';
import { startRouterProcess } from '../../services/router/supervise.ts';
import type { TrafficMessage } from '../../services/router/traffic.ts';
import { createFront, type FrontParts } from './front.ts';
import type { ServicesOptions } from './options.ts';

/** A dyno of a cluster starts slowly: a machine may have to start first, and an image to be fetched. */
const ATTACH_MS = 5 * MINUTE_MS;
/** A stream's limit, as on the embedded platform. */
const OUTPUT_BYTES_MAX = 301 * 1000 * 1000;

export interface ServicesParts {
  readonly store: DynamoStore;
  readonly blobs: Blobs;
  readonly repositories: RepositoryArchive;
  readonly signer: Signer;
  readonly passRequests: Pick<SqsPassRequests, 'enqueue' | 'tell'>;
  readonly background: Background;
  readonly apiUrl: string;
  readonly servicesUrl: string;
  /** The router's process bundled into one file; absent: it is bundled now. */
  readonly routerCode?: Uint8Array;
  readonly problems: Problems;
}

export interface Services {
  readonly ports: {
    readonly services: number;
    readonly router?: number;
    readonly forward?: number;
    readonly attach?: number;
  };
  /** Health fails at once; new work is accepted for `drainMs`, and then current work has `graceMs`. */
  stop(drainMs: number, graceMs: number): Promise<void>;
}

/** Runs one task's part of the platform's always-on services. They keep running without the control plane. */
export async function startServices(options: ServicesOptions, parts: ServicesParts): Promise<Services> {
  const { roles, host, ports } = options;
  const { signer, background, problems } = parts;
  const clock = systemClock;
  const directory = (name: string) => path.join(options.dataDirectory, name);
  const stops: (() => Promise<void>)[] = [];
  const ends: ((graceMs: number) => Promise<void>)[] = [];
  let leaving = false;
  const front: { -readonly [K in keyof FrontParts]: FrontParts[K] } = { isHealthy: () => !leaving, problems };
  const listening: { -readonly [K in keyof Services['ports']]: Services['ports'][K] } = { services: 0 };
  const notes = new ServiceNotes({ store: parts.store, passRequests: parts.passRequests, clock, background });

  let logs: LogIntake;
  if (roles.has('logs')) {
    const router = createLogRouter({ directory: directory('logs'), now: clock.nowMs, problems });
    const live = new LocalOutputStreams({ directory: directory('outputs'), problems });
    const outputs = new ArchivedOutputStreams({ live, archive: parts.blobs, maxBytes: OUTPUT_BYTES_MAX, problems });
    const forward = createForwardIntake({ signer, logs: router, outputs, now: clock.nowMs, problems });
    listening.forward = await forward.listen(ports.forward, host);
    front.logs = createLogHttp({ router, signer, clock });
    front.intake = createIntakeHttp({ signer, clock, logs: router });
    front.appendOutput = createAppendHttp({ outputs, signer, clock });
    front.readOutput = outputsHandler({
      outputs: { read: (streamId, offset, signal) => outputs.find(streamId, offset, signal) },
      signer,
      clock,
    });
    stops.push(async () => {
      await forward.close();
      await Promise.all([router.close(), outputs.close()]);
    });
    logs = router;
  } else {
    logs = new HttpLogIntake({ servicesUrl: parts.servicesUrl, signer, clock, random: systemRandom, background });
  }

  if (roles.has('git')) {
    front.git = createGitHandler({
      directory: directory('git'),
      apiUrl: parts.apiUrl,
      archive: parts.repositories,
      problems,
    });
  }

  if (roles.has('rendezvous')) {
    const attachPort = createAttachPort({
      signer,
      now: clock.nowMs,
      attached: (task) => notes.attached(task),
      left: (task) => notes.left(task),
    });
    listening.attach = await attachPort.listen(ports.attach, host);
    const rendezvous = createRendezvous({
      signer,
      now: clock.nowMs,
      attach: (appId, dynoId) => attachPort.attach(appId, dynoId),
      dynoMs: ATTACH_MS,
    });
    front.upgrade = createRendezvousUpgrade(rendezvous);
    stops.push(() => attachPort.close());
  }

  if (roles.has('router')) {
    const router = await startRouterProcess({
      host,
      port: ports.router,
      trustedProxies: options.trustedProxies,
      ...(parts.routerCode === undefined ? {} : { code: parts.routerCode }),
      onLogLines: (lines) => logs.append(lines),
      onTraffic: (message) => background.track('could not report traffic to the dyno manager', tell(message)),
      problems,
    });
    const tell = (message: TrafficMessage) => parts.passRequests.tell({ ...message, atMs: clock.nowMs() });
    listening.router = router.port;
    const routes = new RoutePoll({
      store: parts.store,
      snapshot: new RouteSnapshot(parts.blobs),
      feed: router.feed,
      clock,
      problems,
    });
    // Healthy only once it knows the routes: before that it would answer that there are no apps.
    await routes.start();
    await router.settled();
    const prober = startProber({ waiting: () => notes.probes(), listens: (probe) => notes.listens(probe), problems });
    ends.push((graceMs) => router.close(graceMs));
    stops.push(async () => void (await Promise.all([routes.close(), prober.close()])));
  }

  const server = createFront(front);
  listening.services = await server.listen(ports.services, host);
  ends.push((graceMs) => server.close(graceMs));

  return {
    ports: listening,
    async stop(drainMs, graceMs) {
      leaving = true;
      await new Promise((resolve) => setTimeout(resolve, drainMs));
      await Promise.all(ends.map((end) => end(graceMs)));
      await Promise.all(stops.map((stop) => stop()));
      await background.flush();
    },
  };
}
