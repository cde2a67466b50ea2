/** What the platform and its container host say to each other. */

import type { DynoSpec } from '../../../core/ports/dyno-runtime.ts';
import type { DynoOrder, HostCommand, TaskChange, TaskNews, Timing } from '../dynos/messages.ts';

export interface DockerHostSettings {
  readonly dataDirectory: string;
  /** Absolute: the host is one bundled file and finds no packages by name. */
  readonly dockerModule: string;
  /** What every container is made from; the slug comes on top. */
  readonly image: string;
  readonly reach: ReachSetting;
  readonly timing: Timing;
}

/**
 * How the router gets to a dyno. `container`: at the container's own address, nothing is published. `loopback`: at a port
 * published on 127.0.0.1. `auto` takes the first where the daemon's networks are this machine's.
 */
export type ReachSetting = 'auto' | 'container' | 'loopback';

/** All of a dyno that must be known again when its container is found by another process. */
export type TaskIdentity = Pick<DynoSpec, 'appId' | 'dynoId' | 'attempt' | 'name' | 'type' | 'logged'> & {
  readonly outputStreamId?: string;
};

export interface ContainerOrder extends DynoOrder {
  readonly task: TaskIdentity;
  readonly slug: {
    readonly id: string;
    /** Its extracted `app` directory. */
    readonly directory: string;
  };
}

/** A container that was there before the host. */
export interface AdoptedTask {
  readonly taskRef: string;
  readonly task: TaskIdentity;
  readonly change: TaskChange;
}

export type ToDockerHost =
  | { readonly kind: 'settings'; readonly settings: DockerHostSettings }
  | HostCommand<ContainerOrder>;

export type FromDockerHost =
  /** The image is not on this machine; that takes as long as it is large. Comes before all others. */
  | { readonly kind: 'fetching' }
  /** Comes before `ready`. */
  | { readonly kind: 'adopted'; readonly tasks: readonly AdoptedTask[] }
  | {
      readonly kind: 'ready';
      readonly socketPath: string;
      readonly limits: string;
      readonly warnings: readonly string[];
    }
  /** Instead of `ready`: what the user has to change, in words. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** While Docker does not answer, what is known of tasks may be out of date. */
  | { readonly kind: 'engine'; readonly answering: boolean }
  | TaskNews;
