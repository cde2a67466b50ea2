import type Docker from 'dockerode';
import type { Output } from '../../dynos/host/output.ts';
import type { TaskChange } from '../../dynos/messages.ts';
import type { DockerHostSettings } from '../messages.ts';
import type { Positions } from './positions.ts';
import type { Ground } from './setup.ts';
import type { SlugImages } from './slug-images.ts';
import type { Turns } from './turns.ts';
import type { Watch } from './watch.ts';

/** The dependencies that all dynos share. */
export interface DynoDeps {
  readonly engine: Docker;
  readonly settings: DockerHostSettings;
  readonly platformId: string;
  readonly ground: Ground;
  readonly images: SlugImages;
  readonly output: Output;
  readonly positions: Positions;
  readonly starts: Turns;
  readonly watch: Watch;
  changed(taskRef: string, change: TaskChange): void;
  gone(taskRef: string): void;
}
