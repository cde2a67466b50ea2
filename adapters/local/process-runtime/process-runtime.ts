import { join } from 'node:path';
import type { Blobs } from '../../../core/ports/blobs.ts';
import type { Problems } from '../../../core/ports/problems.ts';
import { HostedRuntime } from '../dynos/hosted-runtime.ts';
import { Hosts } from '../dynos/hosts.ts';
import { TIMING, type Timing } from '../dynos/messages.ts';
import { SlugCache } from '../dynos/slug-cache.ts';
import { type Sinks, Tasks } from '../dynos/tasks.ts';
import { bundleDynoHost, startDynoHost } from './dyno-host.ts';
import type { StartOrder } from './messages.ts';

export interface ProcessRuntimeOptions extends Sinks {
  readonly dataDirectory: string;
  readonly blobs: Blobs;
  readonly problems: Problems;
  /** False: the memory and process limits of dyno sizes are not enforced, even where the machine supports it. */
  readonly enforceLimits?: boolean;
  readonly timing?: Partial<Timing>;
}

/** The host's time after the grace to end everything. */
const CLOSE_MARGIN_MS = 12_000;

/** Dynos as processes of this machine. */
export async function startProcessRuntime(options: ProcessRuntimeOptions): Promise<HostedRuntime<StartOrder>> {
  const { dataDirectory, enforceLimits = true, problems } = options;
  const bundle = await bundleDynoHost(dataDirectory);
  const settings = { dataDirectory, limits: enforceLimits, timing: { ...TIMING, ...options.timing } };
  const tasks = new Tasks(options);
  const hosts = new Hosts<StartOrder>({
    start: () => startDynoHost(bundle, settings, (news) => tasks.heard(news)),
    ended() {
      const lost = tasks.onHost();
      problems.report('the dyno host ended unexpectedly; its dynos are stopped and started again on a new one');
      // Only when the new host has started: by then it has ended every process of the old one.
      return () => {
        for (const task of lost) tasks.lose(task, 'the dyno host ended');
      };
    },
    problems,
  });
  const runtime = new HostedRuntime<StartOrder>({
    tasks,
    hosts,
    slugs: new SlugCache(join(dataDirectory, 'slug-cache'), options.blobs),
    order: (all, { spec, slug }) => ({
      ...all,
      name: spec.name,
      type: spec.type,
      slugDirectory: slug.directory,
      slugEntries: slug.entries,
    }),
    complete: () => hosts.current !== undefined,
    closeMarginMs: CLOSE_MARGIN_MS,
  });
  await runtime.open();
  return runtime;
}
