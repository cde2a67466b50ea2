import { type EnvironmentVariable, StartBuildCommand, StopBuildCommand } from '@aws-sdk/client-codebuild';
import { failureLines } from '../../../core/build/build-output.ts';
import { HOUR_MS, MINUTE_MS } from '../../../core/time.ts';
import { APPEND_PURPOSE } from '../../../services/outputs/append-http.ts';
import { packVariables } from '../ecs-runtime/pack-variables.ts';
import { type BuildsParts, configKey, resultKey } from './builds-parts.ts';
import { type BuildChoice, chooseBuild } from './choose-build.ts';
import { endBuild } from './end-build.ts';
import {
  BUILDS_PARTITION,
  buildConfigContext,
  changeQueuedBuild,
  type QueuedBuild,
  queuedBuildRecord,
} from './queued-build.ts';

/** CodeBuild repeats its answer to a token for five minutes: a start whose answer was lost is repeated after that. */
const STARTING_MS = 6 * MINUTE_MS;
/** For the event of a build's end to arrive after its deadline. */
const END_SLACK_MS = 5 * MINUTE_MS;
/** CodeBuild's minimum. */
const TIMEOUT_MINUTES_MIN = 5;
const QUEUED_MINUTES = 5;
const NO_ROOM = ['AccountLimitExceededException', 'ThrottlingException', 'TooManyRequestsException'];

/**
 * Starts the oldest orders while there is room: the default quota is one build at a time, and CodeBuild refuses the next
 * one instead of queueing it. An app's builds run one after another. Ends orders that were cancelled, waited too long or
 * were lost. An order that fails holds up no other app; its error is thrown at the end.
 */
export async function startWaiting(parts: BuildsParts, deadlineMs: number): Promise<void> {
  const { store, clock } = parts;
  const items = await store.list({ partition: BUILDS_PARTITION, prefix: '' });
  const readable = items.flatMap((item) => queuedBuildRecord.tryRead(item)?.value ?? []);
  const builds = readable.sort((left, right) => left.orderedAtMs - right.orderedAtMs);
  const busy = new Set<string>();
  const failures: unknown[] = readable.length === items.length ? [] : [new Error('a build order cannot be read')];
  const attempt = (work: Promise<boolean>): Promise<boolean> =>
    work.catch((error: unknown) => {
      failures.push(error);
      return true;
    });
  for (const build of builds) if (await attempt(isAtWork(parts, build))) busy.add(build.appId);
  for (const build of builds) {
    if (clock.nowMs() >= deadlineMs) break;
    if (build.state !== 'waiting' || busy.has(build.appId) || clock.nowMs() >= build.deadlineMs) continue;
    busy.add(build.appId);
    if (!(await attempt(startOne(parts, build)))) break;
  }
  if (failures.length > 0) throw failures[0];
}

/** Also ends an order that will not end by itself. */
async function isAtWork(parts: BuildsParts, build: QueuedBuild): Promise<boolean> {
  const { clock, store } = parts;
  const nowMs = clock.nowMs();
  const { state, codeBuildId, deadlineMs, stateAtMs } = build;
  if (state === 'cancelled') {
    await stop(parts, codeBuildId);
    await endBuild(parts, build, { status: 'failed', message: 'The build was canceled.' });
    return false;
  }
  if (nowMs >= deadlineMs + (state === 'waiting' ? 0 : END_SLACK_MS)) {
    await stop(parts, codeBuildId);
    await fail(parts, build, state === 'waiting' ? 'The build waited too long to start.' : 'The build took too long.');
    return false;
  }
  if (state === 'starting' && nowMs - stateAtMs >= STARTING_MS) {
    await changeQueuedBuild(store, build.buildId, (latest) =>
      latest.state === 'starting' ? { ...latest, state: 'waiting', stateAtMs: nowMs } : undefined,
    );
  }
  return state !== 'waiting';
}

async function stop({ codeBuild }: BuildsParts, id: string | undefined): Promise<void> {
  if (id === undefined) return;
  try {
    await codeBuild.send(new StopBuildCommand({ id }));
  } catch (error) {
    if (Object(error).name !== 'ResourceNotFoundException') throw error;
  }
}

/** False: no room for any build. */
async function startOne(parts: BuildsParts, build: QueuedBuild): Promise<boolean> {
  const { store, clock, codeBuild, settings } = parts;
  const choice = chooseBuild(settings, build);
  if (!choice.ok) {
    await fail(parts, build, choice.error);
    return true;
  }
  const claimed = await changeQueuedBuild(store, build.buildId, (latest) =>
    latest.state === 'waiting' ? { ...latest, state: 'starting', stateAtMs: clock.nowMs() } : undefined,
  );
  if (claimed === undefined) return true;
  const variables = await environment(parts, build, choice.value).catch(async (error: unknown) => {
    await waitAgain(parts, build);
    throw error;
  });
  try {
    const minutes = Math.ceil((build.deadlineMs - clock.nowMs()) / MINUTE_MS);
    const { build: started } = await codeBuild.send(
      new StartBuildCommand({
        projectName: choice.value.project,
        idempotencyToken: build.buildId,
        timeoutInMinutesOverride: Math.max(TIMEOUT_MINUTES_MIN, minutes),
        queuedTimeoutInMinutesOverride: QUEUED_MINUTES,
        environmentVariablesOverride: variables,
        ...(choice.value.builderImage === undefined ? {} : { imageOverride: choice.value.builderImage }),
      }),
    );
    await noteStarted(parts, build.buildId, started?.id);
    return true;
  } catch (error) {
    return refused(parts, claimed, error);
  }
}

export async function noteStarted(
  { store, clock }: Pick<BuildsParts, 'store' | 'clock'>,
  buildId: string,
  codeBuildId: string | undefined,
): Promise<QueuedBuild | undefined> {
  return changeQueuedBuild(store, buildId, (latest) => ({
    ...latest,
    ...(codeBuildId === undefined ? {} : { codeBuildId }),
    state: latest.state === 'cancelled' ? 'cancelled' : 'running',
    stateAtMs: clock.nowMs(),
  }));
}

async function refused(parts: BuildsParts, build: QueuedBuild, error: unknown): Promise<boolean> {
  const { name = '' } = Object(error) as Partial<Error>;
  if (NO_ROOM.includes(name)) {
    await waitAgain(parts, build);
    return false;
  }
  if (name === 'InvalidInputException' || name === 'ResourceNotFoundException') {
    parts.problems.report(`CodeBuild refused build ${build.buildId}`, error);
    await fail(parts, build, 'The build could not be started.');
    return true;
  }
  // The build may be running: its event or the sweep will show it.
  throw error;
}

/** CodeBuild was not asked, or has refused. */
async function waitAgain({ store }: BuildsParts, { buildId, orderedAtMs }: QueuedBuild): Promise<void> {
  await changeQueuedBuild(store, buildId, (latest) =>
    latest.state === 'starting' ? { ...latest, state: 'waiting', stateAtMs: orderedAtMs } : undefined,
  );
}

/** No secrets: everybody who may view builds can read what CodeBuild is given. */
async function environment(
  { vault, blobs, signer, settings }: BuildsParts,
  build: QueuedBuild,
  { architecture, kind, buildpacks }: BuildChoice,
): Promise<EnvironmentVariable[]> {
  const { appId, buildId, source, checksum, deadlineMs, outputStreamId } = build;
  const untilMs = deadlineMs + HOUR_MS;
  const config = await vault.open(build.sealedConfig, buildConfigContext(buildId));
  const packed = Buffer.from(Object.values(packVariables('C', config)).join(''), 'base64');
  await blobs.put(configKey(buildId), once(packed), packed.length);
  const variables: Record<string, string> = {
    DYNOFORM_BUILD_ID: buildId,
    DYNOFORM_SOURCE_URL: 'url' in source ? source.url : await blobs.signedUrl('GET', source.blobKey, untilMs),
    DYNOFORM_SOURCE_SHA256: checksum?.replace(/^sha256:/i, '').toLowerCase() ?? '',
    DYNOFORM_CONFIG_URL: await blobs.signedUrl('GET', configKey(buildId), untilMs),
    DYNOFORM_RESULT_URL: await blobs.signedUrl('PUT', resultKey(buildId), untilMs),
    DYNOFORM_OUTPUT_URL: `${settings.servicesUrl}/streams/${signer.sign(APPEND_PURPOSE, outputStreamId, untilMs)}`,
    DYNOFORM_IMAGE: `${settings.repositoryUri}:${buildId}`,
    DYNOFORM_CACHE_IMAGE: `${settings.cacheRepositoryUri}:${kind}-${architecture}-${appId}`,
    DYNOFORM_BUILDPACKS: buildpacks.join(' '),
  };
  return Object.entries(variables).map(([name, value]) => ({ name, value, type: 'PLAINTEXT' }));
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Nothing else has shown the user the failure. */
async function fail(parts: BuildsParts, build: QueuedBuild, message: string): Promise<void> {
  parts.outputs.append(build.outputStreamId, failureLines(message));
  await endBuild(parts, build, { status: 'failed', message });
}
