import type { SlugImage } from '../../../core/records/slug.ts';
import type { Architecture } from '../ecs-runtime/settings.ts';

/** The names of one architecture's CodeBuild projects. A Dockerfile needs privileges that buildpacks never get. */
export type BuildProjects = Readonly<Partial<Record<SlugImage['origin'], string>>>;

export interface CodeBuildSettings {
  /** The JSON of `DYNOFORM_BUILD_PROJECTS`. Apps are built for the first architecture. */
  readonly projects: Readonly<Partial<Record<Architecture, BuildProjects>>>;
  /** The repositories of slug images and of build caches, without tag or digest. */
  readonly repositoryUri: string;
  readonly cacheRepositoryUri: string;
  /** Where builds send their output; no trailing slash. */
  readonly servicesUrl: string;
}
