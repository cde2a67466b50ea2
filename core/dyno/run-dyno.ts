import { updateApp } from '../app/update-app.ts';
import { type ConfigVars, validateKey, validateSize, validateValue } from '../config/config-vars.ts';
import { conflict, type Failure, invalid } from '../failure.ts';
import { newTypeSize } from '../formation/after-release.ts';
import { mixedTiers } from '../formation/formation-limits.ts';
import { logApiEvent } from '../log/api-log.ts';
import type { Platform } from '../platform.ts';
import type { Random } from '../ports/random.ts';
import type { Write } from '../ports/store.ts';
import type { Actor } from '../records/account.ts';
import type { App } from '../records/app.ts';
import { dynoEvent } from '../records/domain-event.ts';
import { type Dyno, type DynoJob, dynoContext, dynoKey, type OneOffDyno } from '../records/dyno.ts';
import type { Release } from '../records/release.ts';
import { currentRelease } from '../release/find-release.ts';
import { err, ok, type Result } from '../result.ts';
import { isProcessTypeName, type ProcessTypes } from '../slug/process-types.ts';
import { type DynoSize, findDynoSize, usableSize } from './dyno-size.ts';
import { readDynos } from './find-dyno.ts';

export interface RunRequest {
  readonly command: string;
  /** A client connects to its input and output; the process does not start before. */
  readonly attach: boolean;
  readonly forceNoTty: boolean;
  readonly env: Readonly<Record<string, string | number | boolean>>;
  readonly size?: string;
  readonly type?: string;
  readonly timeToLiveSeconds?: number;
  readonly job?: DynoJob;
}

export interface RunningDyno {
  readonly dyno: Dyno;
  /** For the client; it carries its own permission. Undefined: not attached. */
  readonly attachUrl?: string;
}

/** Longer than the wait for a client (30 s) and a slow boot; the URL opens one dyno's terminal once. */
const ATTACH_URL_MS = 120_000;
const COMMAND_LENGTH_MAX = 32_768;
/** Heroku Dev Center, "Limits": concurrent one-off dynos of an app. */
const CONCURRENT_MAX: Partial<Record<DynoSize['tier'], number>> = { eco: 1, basic: 50, standard: 50, performance: 5 };

/** Makes a one-off dyno of the current release: its record is the request, the dyno manager starts it. */
export async function runDyno(
  platform: Platform,
  actor: Actor,
  appId: string,
  request: RunRequest,
): Promise<Result<RunningDyno, Failure>> {
  const env = environment(request.env);
  const failure = validate(request) ?? (env.ok ? undefined : env.error);
  if (failure !== undefined || !env.ok) return err(failure ?? invalid('env is invalid.'));
  const updated = await updateApp<OneOffDyno>(platform, appId, async (app) => {
    const release = await currentRelease(platform, app);
    if (release?.slugId === undefined) {
      return err(conflict('This app has no released code yet. Deploy it first.'));
    }
    const dynos = (await readDynos(platform, appId)).map((item) => item.value);
    const dyno = planOneOff(platform, { app, release, dynos }, request);
    if (!dyno.ok) return dyno;
    const value = await withEnvironment(platform, dyno.value, env.value);
    const put: Write = { kind: 'put', key: dynoKey(appId, value.id), value, expect: 'absent' };
    return ok({ app, writes: [put], events: [dynoEvent('create', app, value, value.createdAtMs)], value });
  });
  if (!updated.ok) return updated;
  const dyno = updated.value.value;
  logApiEvent(platform, appId, `Starting process with command \`${dyno.command}\` by user ${actor.email}`);
  return ok(dyno.attach === undefined ? { dyno } : { dyno, attachUrl: attachUrl(platform, dyno) });
}

/** A new dyno in addition to the app's: its record, not written yet, and without its own environment. */
export function planOneOff(
  platform: Platform,
  { app, release, dynos }: { readonly app: App; readonly release: Release; readonly dynos: readonly Dyno[] },
  request: RunRequest,
): Result<OneOffDyno, Failure> {
  const size = sizeFor(app, request.size, dynos);
  if (!size.ok) return size;
  return ok(newDyno(platform, app, release, request, size.value, freeNumber(dynos, platform.random)));
}

function attachUrl(platform: Platform, { appId, id }: Dyno): string {
  const token = platform.signer.sign('rendezvous', `${appId}/${id}`, platform.clock.nowMs() + ATTACH_URL_MS);
  return `rendezvous://${platform.urls.rendezvousHost}/${token}`;
}

function validate({ command, type, timeToLiveSeconds: seconds }: RunRequest): Failure | undefined {
  if (command.trim() === '') return invalid('command must not be empty.');
  if (command.length > COMMAND_LENGTH_MAX) {
    return invalid(`command must not be longer than ${COMMAND_LENGTH_MAX} characters.`);
  }
  if (command.includes('\0')) return invalid('command must not contain a null byte.');
  if (type !== undefined && !isProcessTypeName(type)) {
    return invalid('type must be 1 to 128 letters, digits, dashes and underscores.');
  }
  if (seconds !== undefined && !(Number.isInteger(seconds) && seconds >= 1 && seconds <= 86_400)) {
    return invalid('time_to_live must be a whole number of seconds from 1 to 86400.');
  }
  return undefined;
}

/** The CLI sends the size of its terminal as numbers. */
function environment(env: RunRequest['env']): Result<ConfigVars, Failure> {
  const texts = Object.fromEntries(Object.entries(env).map(([key, value]) => [key, String(value)]));
  for (const [key, value] of Object.entries(texts)) {
    const failure = validateKey(key) ?? validateValue(key, value);
    if (failure !== undefined) return err(failure);
  }
  const tooLarge = validateSize(texts);
  return tooLarge === undefined ? ok(texts) : err(tooLarge);
}

function sizeFor(app: App, wanted: string | undefined, dynos: readonly Dyno[]): Result<DynoSize, Failure> {
  const found = usableSize(wanted ?? newTypeSize(app.formation));
  if (!found.ok) return found;
  const { tier, name } = found.value;
  const mixed = mixedTiers([...app.formation.map((entry) => entry.size), name]);
  if (mixed !== undefined) return err(mixed);
  const max = CONCURRENT_MAX[tier];
  const running = dynos.filter(
    (dyno) => dyno.kind === 'one-off' && dyno.state !== 'stopping' && findDynoSize(dyno.size)?.tier === tier,
  );
  return max !== undefined && running.length >= max
    ? err(invalid(`Cannot run more than ${max} ${name} size dynos.`))
    : found;
}

/** If the first word names a process type, its command replaces the word and further words are appended. */
export function expandCommand(command: string, processTypes: ProcessTypes): string {
  const [, word = '', rest = ''] = /^(\S+)([\s\S]*)$/.exec(command) ?? [];
  return Object.hasOwn(processTypes, word) ? `${processTypes[word]}${rest}` : command;
}

/** Four random digits that no dyno of the app has now: there are far fewer dynos than numbers. */
export function freeNumber(dynos: readonly Dyno[], random: Random): number {
  const taken = new Set(dynos.map((dyno) => dyno.number));
  let number = 1_000 + Math.floor(random.next() * 9_000);
  while (taken.has(number)) number = number === 9_999 ? 1_000 : number + 1;
  return number;
}

function newDyno(
  platform: Platform,
  app: App,
  release: Release,
  request: RunRequest,
  size: DynoSize,
  number: number,
): OneOffDyno {
  const nowMs = platform.clock.nowMs();
  const type = request.type ?? 'run';
  const { timeToLiveSeconds, job } = request;
  return {
    id: platform.ids.uuid(),
    appId: app.id,
    name: `${type}.${number}`,
    type,
    kind: 'one-off',
    number,
    releaseVersion: release.version,
    releaseId: release.id,
    size: size.name,
    command: expandCommand(request.command.trim(), release.processTypes),
    state: 'starting',
    attempt: 1,
    stateChangedAtMs: nowMs,
    crashCount: 0,
    restartEpoch: app.restarts.last,
    ...(request.attach ? { attach: terminalOf(request) } : {}),
    ...(timeToLiveSeconds === undefined ? {} : { timeToLiveSeconds }),
    ...(job === undefined ? {} : { job }),
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  };
}

function terminalOf({ forceNoTty, env }: RunRequest): NonNullable<OneOffDyno['attach']> {
  const dimension = (value: unknown, otherwise: number) => {
    const number = Number(value);
    return Number.isInteger(number) && number >= 1 && number <= 65_535 ? number : otherwise;
  };
  return { terminal: !forceNoTty, columns: dimension(env.COLUMNS, 80), rows: dimension(env.LINES, 24) };
}

async function withEnvironment(platform: Platform, dyno: OneOffDyno, env: ConfigVars): Promise<OneOffDyno> {
  if (Object.keys(env).length === 0) return dyno;
  return { ...dyno, sealedEnvironment: await platform.vault.seal(env, dynoContext(dyno.appId, dyno.id)) };
}
