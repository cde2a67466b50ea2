import { DEFAULT_STACK } from '../../../core/app/stack.ts';
import { findShippedBuildpack } from '../../../core/build/buildpack.ts';
import type { SlugImage } from '../../../core/records/slug.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import type { Architecture } from '../ecs-runtime/settings.ts';
import type { QueuedBuild } from './queued-build.ts';
import type { CodeBuildSettings } from './settings.ts';

export interface BuildChoice {
  readonly project: string;
  readonly architecture: Architecture;
  readonly kind: SlugImage['origin'];
  /** The image that the build runs in; absent: the project's. */
  readonly builderImage?: string;
  /** Cloud Native Buildpacks of the builder; empty: the builder detects them. */
  readonly buildpacks: readonly string[];
}

const PROCFILE = 'heroku/procfile';

/** Heroku's builder's names of the shipped buildpacks; one without an entry has no counterpart there. */
const IN_BUILDER: Readonly<Record<string, string>> = {
  'heroku/nodejs': 'heroku/nodejs',
  'dynoform/procfile': PROCFILE,
};

/** The error explains why this order cannot be built on AWS. */
export function chooseBuild(
  { projects }: CodeBuildSettings,
  { stack, buildpacks }: Pick<QueuedBuild, 'stack' | 'buildpacks'>,
): Result<BuildChoice, string> {
  const [architecture] = Object.keys(projects) as Architecture[];
  const kind: SlugImage['origin'] = stack === 'container' ? 'dockerfile' : 'buildpacks';
  const project = architecture === undefined ? undefined : projects[architecture]?.[kind];
  if (architecture === undefined || project === undefined) {
    return err(`This installation does not build with ${kind === 'dockerfile' ? 'a Dockerfile' : 'buildpacks'}.`);
  }
  if (kind === 'dockerfile') return ok({ project, architecture, kind, buildpacks: [] });
  const known: string[] = [];
  for (const buildpack of buildpacks) {
    const name = IN_BUILDER[findShippedBuildpack(buildpack)?.name ?? ''];
    if (name === undefined) {
      return err(`The buildpack ${buildpack} is not in the builder image; on AWS only its buildpacks can be used.`);
    }
    known.push(name);
  }
  // The operator chooses the project's own image; it has the default stack.
  const [, release] = stack === DEFAULT_STACK ? [] : (/^heroku-(\d+)$/.exec(stack) ?? []);
  return ok({
    project,
    architecture,
    kind,
    ...(release === undefined ? {} : { builderImage: `docker.io/heroku/builder:${release}` }),
    // The Procfile's process types count whatever else is built.
    buildpacks: known.length === 0 ? [] : [...known.filter((id) => id !== PROCFILE), PROCFILE],
  });
}
