import type { Construct } from 'constructs';
import type { Architecture } from '../config/config.ts';
import type { DataStack } from '../data/data-stack.ts';
import { PlatformStack, type PlatformStackProps } from '../platform-stack.ts';
import { type BuildKind, BuildProject } from './build-project.ts';

export interface BuildStackProps extends PlatformStackProps {
  readonly data: DataStack;
}

/** Where apps are built. Nothing queues here: a quota of the account, at first one, limits concurrent builds. */
export class BuildStack extends PlatformStack {
  /** Project by architecture and kind: the JSON of `DYNOFORM_BUILD_PROJECTS`. */
  readonly projects: string;
  readonly projectNames: readonly string[];
  readonly projectArns: readonly string[];

  constructor(scope: Construct, id: string, props: BuildStackProps) {
    super(scope, id, props);
    const { stage, data } = props;
    const kinds: readonly BuildKind[] = stage.builds.dockerfiles ? ['buildpacks', 'dockerfile'] : ['buildpacks'];
    const architectures = Object.keys(stage.capacity.machines) as Architecture[];
    const made = architectures.flatMap((architecture) =>
      kinds.map((kind) => ({
        architecture,
        kind,
        project: new BuildProject(this, `${kind}-${architecture}`, { stage, kind, architecture, data }).project,
      })),
    );
    this.projectNames = made.map(({ project }) => project.projectName);
    this.projectArns = made.map(({ project }) => project.projectArn);
    this.projects = this.toJsonString(
      Object.fromEntries(
        architectures.map((architecture) => [
          architecture,
          Object.fromEntries(
            made
              .filter((one) => one.architecture === architecture)
              .map(({ kind, project }) => [kind, project.projectName]),
          ),
        ]),
      ),
    );
  }
}
