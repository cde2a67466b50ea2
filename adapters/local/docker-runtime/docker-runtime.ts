import { join } from 'node:path';
import type { Blobs } from '../../../core/ports/blobs.ts';
import type { Problems } from '../../../core/ports/problems.ts';
import { HostedRuntime } from '../dynos/hosted-runtime.ts';
import { Hosts } from '../dynos/hosts.ts';
import { TIMING, type Timing } from '../dynos/messages.ts';
import { SlugCache } from '../dynos/slug-cache.ts';
import { type Sinks, Tasks } from '../dynos/tasks.ts';
import { bundleContainerHost, type ContainerNews, startContainerHost } from './container-host.ts';
import type { ContainerOrder, ReachSetting } from './messages.ts';

export interface DockerRuntimeOptions extends Sinks {
  readonly dataDirectory: string;
  readonly blobs: Blobs;
  readonly problems: Problems;
  /** The base image of all containers: it has bash, and Node.js for the slugs that need it. */
  readonly image: string;
  readonly reach?: ReachSetting;
  readonly timing?: Partial<Timing>;
}

/** The host's time after the grace to end everything. */
const CLOSE_MARGIN_MS = 20_000;

/** Dynos as containers. @throws {DockerRefused} */
export async function startDockerRuntime(options: DockerRuntimeOptions): Promise<HostedRuntime<ContainerOrder>> {
  const { dataDirectory, image, reach = 'auto', problems } = options;
  const bundle = await bundleContainerHost(dataDirectory);
  const settings = { dataDirectory, image, reach, timing: { ...TIMING, ...options.timing } };
  const tasks = new Tasks(options);
  let engineAnswers = false;

  const heard = (news: ContainerNews): void => {
    switch (news.kind) {
      case 'fetching':
        problems.report(`Docker fetches the image ${image}, once.`);
        return;
      case 'adopted':
        for (const { taskRef, task, change } of news.tasks) tasks.adopt(taskRef, task, change);
        return;
      case 'engine':
        if (engineAnswers === news.answering) return;
        engineAnswers = news.answering;
        if (hosts.current === undefined) return;
        problems.report(engineAnswers ? 'Docker answers again' : 'Docker does not answer; its dynos stay as they are');
        if (engineAnswers) tasks.announceAll();
        return;
      default:
        tasks.heard(news);
    }
  };

  const hosts = new Hosts<ContainerOrder>({
    start: () => startContainerHost(bundle, settings, heard),
    // The containers keep running; the new host takes them over.
    ended() {
      const before = tasks.onHost().map((task) => ({ task, version: task.observation.version }));
      problems.report('the container host ended unexpectedly; a new one takes over its containers');
      return () => {
        const notSeenAgain = before.filter(({ task, version }) => task.observation.version === version);
        for (const { task } of notSeenAgain) tasks.lose(task, 'the container host ended');
      };
    },
    problems,
  });

  const runtime = new HostedRuntime<ContainerOrder>({
    tasks,
    hosts,
    slugs: new SlugCache(join(dataDirectory, 'slug-cache'), options.blobs),
    order: (all, { spec, task, slug }) => ({
      ...all,
      task: { ...task, type: spec.type },
      slug: { id: spec.slug.id, directory: slug.directory },
    }),
    complete: () => hosts.current !== undefined && engineAnswers,
    closeMarginMs: CLOSE_MARGIN_MS,
  });
  await runtime.open();
  return runtime;
}
