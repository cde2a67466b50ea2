/** The messages between the platform and its container host. */

import type { DynoSpec } from '../../../core/ports/dyno-runtime.ts';
import type { DynoOrder, HostCommand, TaskChange, TaskNews, Timing } from '../dynos/messages.ts';

export interface DockerHostSettings {
  readonly dataDirectory: string;
  /** Absolute: the host is one bundled file and finds no packages by name. */
  readonly dockerModule: string;
  /** The base image of every container; the slug comes on top. */
  readonly image: string;
  readonly reach: ReachSetting;
  readonly timing: Timing;
}

/**
 * How the router reaches a dyno. `container`: at the container's own address, nothing is published. `loopback`: at a port
 * published on 127.0.0.1. `auto` chooses `container` where this machine can reach the daemon's networks.
 */
export type ReachSetting = 'auto' | 'container' | 'loopback';

/** All that another process must know of a dyno when it finds the container. */
export type TaskIdentity = Pick<DynoSpec, 'appId' | 'dynoId' | 'attempt' | 'name' | 'type' | 'logged'> & {
  readonly outputStreamId?: string;
};

export interface ContainerOrder extends DynoOrder {
  readonly task: TaskIdentity;
  readonly slug: {
    readonly id: string;
    /** The slug's extracted `app` directory. */
    readonly directory: string;
  };
}

/** A container from before this host started. */
export interface AdoptedTask {
  readonly taskRef: string;
  readonly task: TaskIdentity;
  readonly change: TaskChange;
}

export type ToDockerHost =
  | { readonly kind: 'settings'; readonly settings: DockerHostSettings }
  | HostCommand<ContainerOrder>;

export type FromDockerHost =
  /** The image is being fetched, which may take long. Comes before all others. */
  | { readonly kind: 'fetching' }
  /** Comes before `ready`. */
  | { readonly kind: 'adopted'; readonly tasks: readonly AdoptedTask[] }
  | {
      readonly kind: 'ready';
      readonly socketPath: string;
      readonly limits: string;
      readonly warnings: readonly string[];
    }
  /** Instead of `ready`: tells the user what to change. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** While Docker does not answer, what is known of tasks may be outdated. */
  | { readonly kind: 'engine'; readonly answering: boolean }
  | TaskNews;
