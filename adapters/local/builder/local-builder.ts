import { mkdir, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Blobs } from '../../../core/ports/blobs.ts';
import type { Builder, BuildOrder, BuildOutcome } from '../../../core/ports/builder.ts';
import type { OutputStreams } from '../../../core/ports/output-streams.ts';
import type { Problems } from '../../../core/ports/problems.ts';
import { err, type Result } from '../../../core/result.ts';
import { openBuildCache } from './build-cache.ts';
import type { BuildFailure } from './build-failure.ts';
import { BuildOutput } from './build-output.ts';
import { createBuildQueue } from './build-queue.ts';
import { PUBLIC_REACH, type Reach } from './public-download.ts';
import { type BuildLimits, runBuild } from './run-build.ts';
import { killStrayProcesses } from './stray-processes.ts';

export interface LocalBuilderSettings {
  readonly dataDirectory: string;
  readonly blobs: Blobs;
  readonly outputs: OutputStreams;
  readonly shippedBuildpacksDirectory: string;
  readonly problems: Problems;
  readonly now: () => number;
  readonly limits?: Partial<BuildLimits>;
  /** From where sources and buildpacks may be fetched; absent: the public internet. */
  readonly reach?: Reach;
}

export interface LocalBuilder extends Builder {
  onOutcome(listener: Listener): void;
  /** Call once, before the first `start`: ends what a killed platform left running and removes its directories. */
  cleanInterrupted(): Promise<void>;
  purgeBuildCache(appId: string): Promise<void>;
  /** Cancels every build and waits until all of their processes have ended. */
  close(): Promise<void>;
}

/** A build keeps most of the machine's cores busy; more at a time would only slow each other down. */
const BUILDS_AT_ONCE = 2;
const MEBIBYTE = 1024 * 1024;
const MINUTE_MS = 60_000;

const LIMITS: BuildLimits = {
  sourceBytesMax: 1024 * MEBIBYTE,
  slugBytesMax: 500 * MEBIBYTE,
  outputBytesMax: 300 * MEBIBYTE,
};

type Ending = 'canceled' | 'deadline' | 'closed';
type Listener = (appId: string, buildId: string, outcome: BuildOutcome) => Promise<void>;

interface Running {
  readonly controller: AbortController;
  readonly ended: Promise<void>;
}

/** Builds slugs on this machine with classic buildpacks, as child processes. */
export function createLocalBuilder(settings: LocalBuilderSettings): LocalBuilder {
  const { blobs, outputs, problems, now } = settings;
  const limits = { ...LIMITS, ...settings.limits };
  const buildsDirectory = resolve(settings.dataDirectory, 'builds');
  const cache = openBuildCache(resolve(settings.dataDirectory, 'build-cache'));
  const queue = createBuildQueue(BUILDS_AT_ONCE);
  const running = new Map<string, Running>();
  const listeners: Listener[] = [];

  async function tell(order: BuildOrder, outcome: BuildOutcome): Promise<void> {
    for (const listener of listeners) {
      await listener(order.appId, order.buildId, outcome).catch((error: unknown) =>
        problems.report(`could not record the outcome of build ${order.buildId}`, error),
      );
    }
  }

  async function build(order: BuildOrder, output: BuildOutput, signal: AbortSignal): Promise<BuildOutcome> {
    const startedMs = now();
    const directory = join(buildsDirectory, order.buildId);
    // Before the first await: the caller opens the build's output at once.
    output.step(`Building on the ${stackTitle(order.stack)} stack`);
    let framework = '';
    let result: Result<Extract<BuildOutcome, { status: 'succeeded' }>, BuildFailure>;
    try {
      signal.throwIfAborted();
      await mkdir(directory, { recursive: true, mode: 0o700 });
      result = await runBuild({
        order,
        directory,
        blobs,
        cache,
        output,
        shippedDirectory: resolve(settings.shippedBuildpacksDirectory),
        reach: settings.reach ?? PUBLIC_REACH,
        limits,
        signal,
        nowMs: now,
        onFramework: (name) => {
          framework = name;
        },
      });
    } catch (error) {
      if (!signal.aborted) problems.report(`build ${order.buildId} failed with a platform error`, error);
      result = err({ message: 'The build failed because of a platform error. Try again.' });
    }
    if (signal.aborted) result = err(cutOff(signal.reason as Ending, framework, order.deadlineMs - startedMs));
    if (result.ok) return result.value;
    // Whoever cancels writes the reason, and may have ended the output already.
    if (signal.reason !== 'canceled') writeFailure(output, result.error);
    return { status: 'failed', message: result.error.message };
  }

  async function run(order: BuildOrder, output: BuildOutput, controller: AbortController): Promise<void> {
    const outcome = await build(order, output, controller.signal);
    await tell(order, outcome);
    await discard(order.buildId);
  }

  async function discard(name: string): Promise<void> {
    const directory = join(buildsDirectory, name);
    try {
      await killStrayProcesses(directory);
      await rm(directory, { recursive: true, force: true, maxRetries: 3 });
    } catch (error) {
      problems.report(`could not remove the directory of build ${name}`, error);
    }
  }

  return {
    stacks: ['heroku-22', 'heroku-24', 'heroku-26'],
    async start(order) {
      // The id becomes a path.
      if (!/^[\w-]{1,64}$/.test(order.buildId)) throw new Error(`Not a build id: ${JSON.stringify(order.buildId)}`);
      if (!/^[\w-]{1,64}$/.test(order.appId)) throw new Error(`Not an app id: ${JSON.stringify(order.appId)}`);
      if (running.has(order.buildId)) return;
      const output = new BuildOutput((text) => outputs.append(order.outputStreamId, text), limits.outputBytesMax);
      const controller = new AbortController();
      const stopTimer = abortAt(order.deadlineMs, now, controller);
      const ended = new Promise<void>((resolve) => {
        const job = () =>
          run(order, output, controller).finally(() => {
            stopTimer();
            running.delete(order.buildId);
            resolve();
          });
        const startNow = queue.add(order.appId, job, (reason) =>
          output.step(
            reason === 'same-key'
              ? 'Waiting for another build of this app to finish'
              : 'Waiting for builds of other apps to finish',
          ),
        );
        controller.signal.addEventListener('abort', startNow, { once: true });
      });
      running.set(order.buildId, { controller, ended });
    },
    async cancel(buildId) {
      running.get(buildId)?.controller.abort('canceled' satisfies Ending);
    },
    onOutcome(listener) {
      listeners.push(listener);
    },
    async cleanInterrupted() {
      await killStrayProcesses(buildsDirectory);
      const names = await readdir(buildsDirectory).catch(() => []);
      await Promise.all(names.map(discard));
    },
    purgeBuildCache: (appId) => cache.purge(appId),
    async close() {
      for (const { controller } of running.values()) controller.abort('closed' satisfies Ending);
      await Promise.all([...running.values()].map(({ ended }) => ended));
    },
  };
}

/** A timer on the platform's clock, in steps that a timer can hold. */
function abortAt(deadlineMs: number, now: () => number, controller: AbortController): () => void {
  let timer: NodeJS.Timeout;
  const wait = () => {
    const leftMs = deadlineMs - now();
    if (leftMs <= 0) controller.abort('deadline' satisfies Ending);
    else timer = setTimeout(wait, Math.min(leftMs, 60 * MINUTE_MS));
  };
  timer = setTimeout(wait, 0);
  return () => clearTimeout(timer);
}

function cutOff(ending: Ending, framework: string, allowedMs: number): BuildFailure {
  if (ending === 'canceled') return { message: 'Build canceled.' };
  if (ending === 'closed') return { message: 'The build was interrupted: the platform is stopping.' };
  const minutes = Math.round(allowedMs / MINUTE_MS);
  const name = framework === '' ? 'app' : `${framework} app`;
  const message = `Timed out compiling ${name} (${minutes} minutes)`;
  return { message, lines: [message, 'See https://devcenter.heroku.com/articles/slug-compiler#time-limit'] };
}

function writeFailure(output: BuildOutput, failure: BuildFailure): void {
  for (const line of failure.lines ?? [failure.message]) {
    if (line === '' || /^( {2}|-)/.test(line)) output.write(`${line}\n`);
    else output.problem(line);
  }
  output.blank();
  output.problem('Push failed');
}

/** `heroku-24` is shown as `Heroku-24`. */
function stackTitle(stack: string): string {
  return stack.charAt(0).toUpperCase() + stack.slice(1);
}
