import { rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HmacSigner } from '../../adapters/hmac-signer.ts';
import { openLocalBlobs } from '../../adapters/local/blobs.ts';
import { createLocalBuilder } from '../../adapters/local/builder/local-builder.ts';
import { openCertificateAuthority } from '../../adapters/local/certificate-authority.ts';
import { LocalConfigVault } from '../../adapters/local/config-vault.ts';
import { LocalCertificates } from '../../adapters/local/domain-certificates.ts';
import { LocalEvents } from '../../adapters/local/events.ts';
import { openKeyOfStore } from '../../adapters/local/key-of-store.ts';
import { LocalOutputStreams } from '../../adapters/local/output-streams.ts';
import { openSqliteStore } from '../../adapters/local/sqlite-store.ts';
import { systemClock, systemIds, systemRandom } from '../../adapters/system.ts';
import { purgeApp } from '../../core/app/delete-app.ts';
import { completeBuild, failInterruptedBuilds } from '../../core/build/complete-build.ts';
import { certificateReconciler } from '../../core/domain/certificate-reconciler.ts';
import { createDynoManager } from '../../core/dyno-manager/dyno-manager.ts';
import { DYNO_MANAGER } from '../../core/dyno-manager/manager-queue.ts';
import { eventReconciler } from '../../core/event/event-reconciler.ts';
import type { Platform } from '../../core/platform.ts';
import type { Problems } from '../../core/ports/problems.ts';
import { completeReleasePhase } from '../../core/release/complete-release-phase.ts';
import { recurringJobs } from '../../core/scheduler/recurring-jobs.ts';
import { SECOND_MS } from '../../core/time.ts';
import { createGitHandler } from '../../services/git/git-handler.ts';
import { createLogRouter } from '../../services/logs/log-router.ts';
import { createRendezvous } from '../../services/rendezvous/rendezvous.ts';
import { createRendezvousUpgrade } from '../../services/rendezvous/web-socket.ts';
import { startRouterProcess } from '../../services/router/supervise.ts';
import type { TrafficMessage } from '../../services/router/traffic.ts';
import { Activity } from './activity.ts';
import type { DataPaths } from './data-directory.ts';
import { openDoors, reachableNames } from './doors.ts';
import { createFront } from './front.ts';
import { withLocalCertificates } from './local-names.ts';
import type { LocalOptions } from './options.ts';
import { openOwner } from './owner.ts';
import { ReconcileLoop } from './reconcile-loop.ts';
import { openRuntime } from './runtime.ts';
import { localUrls } from './urls.ts';

/** More process starts and stops per second would only slow each other down on one machine. */
const ACTION_RATE = { perSecond: 100, burst: 300 };

/** A WebSocket would last for ever, and its dyno ends it when it is told to stop. */
const DRAIN_MS = 5 * SECOND_MS;

const ROOT = path.resolve(import.meta.dirname, '../..');

/** By then the dyno manager knows which jobs' dynos did not survive, so that they block no run. */
const FIRST_SWEEP_MS = 5_000;

export interface LocalPlatform {
  readonly apiKey: string;
  readonly apiUrl: string;
  readonly caCertificatePath: string;
  /** File with the authorities of all certificates of apps and custom domains. */
  readonly trustPath: string;
  /** One sentence: which limits of a dyno size apply on this machine. */
  readonly limits: string;
  /** This data directory was never used before. */
  readonly isNew: boolean;
  /** The access token in the data directory did not work, and is another one now. */
  readonly isReplaced: boolean;
  readonly interruptedBuilds: number;
  /** Stops dynos with SIGTERM and this grace, then everything else. A second call with a shorter grace wins. */
  stop(graceSeconds: number): Promise<void>;
}

/** The embedded platform: the same rules as on AWS, with the adapters for one machine. */
export async function startLocalPlatform(
  options: LocalOptions,
  paths: DataPaths,
  problems: Problems,
  say: (line: string) => void,
): Promise<LocalPlatform> {
  const store = openSqliteStore(paths.store);
  const keys = openKeyOfStore(paths.key, store, paths.store);
  const signer = new HmacSigner(keys.signer);
  const urls = localUrls(options.apiPort, options.routerPort);
  const logs = createLogRouter({ directory: paths.logs, now: systemClock.nowMs, problems });
  const outputs = new LocalOutputStreams({ directory: paths.outputs, problems });
  const blobs = await openLocalBlobs({ directory: paths.blobs, apiUrl: urls.api, signer });
  const builder = createLocalBuilder({
    dataDirectory: paths.directory,
    blobs,
    outputs,
    shippedBuildpacksDirectory: path.join(ROOT, 'buildpacks'),
    problems,
    now: systemClock.nowMs,
  });
  const reconcilers = new ReconcileLoop({ store, clock: systemClock, problems });
  const passRequests = reconcilers.openQueue(DYNO_MANAGER);
  const eventRequests = reconcilers.add(
    eventReconciler({ store, clock: systemClock }, new Activity(new LocalEvents({ path: paths.events }), say)),
  );

  const authority = await openCertificateAuthority(paths.certificates, reachableNames(options.host));
  const rendezvous = createRendezvous({
    signer,
    now: systemClock.nowMs,
    attach: (_appId, dynoId) => runtime.attach(dynoId),
  });
  const git = createGitHandler({ directory: paths.repositories, apiUrl: urls.api, problems });
  // The ports come first: if one is in use, everything else would start in vain.
  const doors = await openDoors(options, {
    secureContext: await authority.issue(reachableNames(options.host)),
    http: (request, response) => front(request, response),
    upgrade: createRendezvousUpgrade(rendezvous),
    rendezvous: (socket) => rendezvous.handle(socket),
  });
  const router = await startRouterProcess({
    host: options.host,
    port: options.routerPort,
    held: true,
    ...(options.tlsPort === undefined
      ? {}
      : { tls: { port: options.tlsPort, fallback: await authority.issue(reachableNames(options.host)) } }),
    onLogLines: (lines) => logs.append(lines),
    onTraffic: (message) => onTraffic(message),
    problems,
  });
  const platform: Platform = {
    store,
    vault: new LocalConfigVault(keys.vault),
    blobs,
    builder,
    outputs,
    logs,
    routes:
      options.tlsPort === undefined
        ? router.feed
        : withLocalCertificates({ feed: router.feed, certificates: router.certificates, authority, problems }),
    passRequests,
    eventRequests,
    problems,
    signer,
    clock: systemClock,
    ids: systemIds,
    random: systemRandom,
    urls,
    ...(options.ecoHoursPerMonth === undefined ? {} : { ecoHoursPerMonth: options.ecoHoursPerMonth }),
  };
  const front = createFront({ platform, logs, git, problems });
  const runtime = await openRuntime(options.runtime, {
    dataDirectory: paths.directory,
    blobs,
    outputs,
    logs,
    problems,
  });

  await builder.cleanInterrupted();
  const interruptedBuilds = await failInterruptedBuilds(platform);
  // Only containers are left of an earlier platform.
  await outputs.endInterrupted(runtime.growingOutputs());
  builder.onOutcome((appId, buildId, outcome) => completeBuild(platform, appId, buildId, outcome));

  const certificateRequests = reconcilers.add(
    certificateReconciler({
      platform,
      certificates: await LocalCertificates.open({
        directory: paths.domainCertificates,
        trust: { path: paths.trust, firstPem: authority.caCertificatePem },
        ...(options.tlsPort === undefined ? {} : { edge: router.certificates }),
        now: systemClock.nowMs,
      }),
    }),
  );
  const manager = createDynoManager({
    platform,
    runtime,
    completeReleasePhase,
    purgeApp: async (_platform, appId) => {
      await Promise.all([
        logs.forget(appId),
        builder.purgeBuildCache(appId),
        rm(path.join(paths.repositories, `${appId}.git`), { recursive: true, force: true }),
      ]);
      await purgeApp(platform, appId);
    },
    certificateRequests,
    actionRate: ACTION_RATE,
  });
  const onTraffic = (message: TrafficMessage): void => {
    const noted = message.kind === 'wake' ? manager.wake(message.appId) : manager.noteRequests(message.appIds);
    noted.catch((error: unknown) => problems.report('could not report traffic to the dyno manager', error));
  };
  reconcilers.add(manager.reconciler, passRequests);
  reconcilers.add(recurringJobs(platform));
  runtime.onEvent((event) => manager.onRuntimeEvent(event));
  await manager.publishAll();
  // Otherwise the answer to the first requests would be that there are no such apps.
  router.open();
  await router.settled();
  await manager.recover();
  reconcilers.start(FIRST_SWEEP_MS);

  const owner = await openOwner(platform, paths.apiKey);
  doors.open();

  return {
    ...owner,
    apiUrl: urls.api,
    caCertificatePath: authority.caCertificatePath,
    trustPath: paths.trust,
    limits: runtime.limits,
    interruptedBuilds,
    async stop(graceSeconds) {
      // Requests that are under way are answered before their dynos are told to stop; what takes longer has the dynos' grace too.
      const drained = router.close(graceSeconds * SECOND_MS);
      const patience = sleep(Math.min(graceSeconds * SECOND_MS, DRAIN_MS), undefined, { ref: false });
      await Promise.all([
        doors.close(graceSeconds),
        reconcilers.stop(),
        builder.close(),
        Promise.race([drained, patience]),
      ]);
      await runtime.close({ graceSeconds });
      await drained;
      await logs.close();
      store.close();
    },
  };
}
