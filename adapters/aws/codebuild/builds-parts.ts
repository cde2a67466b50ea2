import type { CodeBuildClient } from '@aws-sdk/client-codebuild';
import type { Blobs } from '../../../core/ports/blobs.ts';
import type { BuildOutcome } from '../../../core/ports/builder.ts';
import type { Clock } from '../../../core/ports/clock.ts';
import type { ConfigVault } from '../../../core/ports/config-vault.ts';
import type { OutputStreams } from '../../../core/ports/output-streams.ts';
import type { Problems } from '../../../core/ports/problems.ts';
import type { Signer } from '../../../core/ports/signer.ts';
import type { Store } from '../../../core/ports/store.ts';
import type { TaskDefinitionParts } from '../ecs-runtime/task-definitions.ts';
import type { CodeBuildSettings } from './settings.ts';

/** The dependencies of the builds function. */
export interface BuildsParts {
  readonly codeBuild: CodeBuildClient;
  readonly store: Store;
  readonly vault: ConfigVault;
  readonly blobs: Blobs;
  readonly outputs: OutputStreams;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly settings: CodeBuildSettings;
  readonly taskDefinitions: TaskDefinitionParts;
  /** `completeBuild` of the core. It may be repeated. */
  readonly outcome: (appId: string, buildId: string, outcome: BuildOutcome) => Promise<void>;
  readonly problems: Problems;
}

export const configKey = (buildId: string): string => `builds/${buildId}/config`;
export const resultKey = (buildId: string): string => `builds/${buildId}/result.json`;
