import type { Architecture } from '../ecs-runtime/settings.ts';
import type { ImageKind } from '../ecs-runtime/slug-image.ts';

/** The CodeBuild projects of one architecture, by name. A Dockerfile needs privileges that buildpacks never get. */
export type BuildProjects = Readonly<Partial<Record<ImageKind, string>>>;

export interface CodeBuildSettings {
  /** The JSON of `DYNOFORM_BUILD_PROJECTS`. The first architecture is what apps are built for. */
  readonly projects: Readonly<Partial<Record<Architecture, BuildProjects>>>;
  /** Of slug images and of build caches, without tag or digest. */
  readonly repositoryUri: string;
  readonly cacheRepositoryUri: string;
  /** Where the output is sent; no trailing slash. */
  readonly servicesUrl: string;
}
