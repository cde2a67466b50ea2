import { setTimeout as sleep } from 'node:timers/promises';
import type { Container } from 'dockerode';
import { hasProfiles } from '../../dynos/host/bash.ts';
import type { ContainerOrder } from '../messages.ts';
import { containerConfig, containerName } from './container-config.ts';
import type { DynoDeps } from './dyno-deps.ts';
import { isUnanswered, statusOf } from './engine.ts';

const RETRY_MS = 200;
const REMOVED_IMAGES_MAX = 3;

/** Makes the dyno's container; undefined after an abort. Waits while Docker does not answer. */
export async function create(
  order: ContainerOrder,
  port: number,
  deps: DynoDeps,
  signal: AbortSignal,
): Promise<Container | undefined> {
  const { engine, ground, images, platformId, watch } = deps;
  let removed = 0;
  while (!signal.aborted) {
    try {
      const image = await images.of(order.slug);
      if (signal.aborted) return undefined;
      const place = {
        platformId,
        image,
        network: ground.network,
        bash: ground.bash,
        port,
        publish: ground.publish,
        hasProfiles: hasProfiles(order.slug.directory),
      };
      return await engine.createContainer(containerConfig(order, place));
    } catch (error) {
      const status = statusOf(error);
      // An earlier request without an answer has made it.
      if (status === 409) return engine.getContainer(containerName(platformId, order.taskRef));
      if (status === 404 && removed < REMOVED_IMAGES_MAX) {
        removed += 1;
        images.forget(order.slug.id);
      } else if (isUnanswered(error)) {
        watch.suspect();
        await sleep(RETRY_MS);
        await watch.up();
      } else throw error;
    }
  }
  return undefined;
}

/** Starts it when its turn comes. Waits while Docker does not answer. */
export async function startContainer(container: Container, { starts, watch }: DynoDeps): Promise<void> {
  await starts.take(async () => {
    for (;;) {
      try {
        await container.start();
        return;
      } catch (error) {
        // It runs: an earlier request without an answer has started it.
        if (statusOf(error) === 304) return;
        if (!isUnanswered(error)) throw error;
        watch.suspect();
        await sleep(RETRY_MS);
        await watch.up();
      }
    }
  });
}
