import type { RemovalPolicy } from 'aws-cdk-lib';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { StageConfig } from '../config/config.ts';

/** The writers of logs, whose names are those of the groups: `/dynoform/<stage>/<writer>`. */
export const LOG_WRITERS = [
  'api',
  'api-access',
  'reconcile',
  'task-events',
  'tick',
  'builds',
  'certificates',
  'bootstrap',
  'services',
  'codebuild',
] as const;
export type LogWriter = (typeof LOG_WRITERS)[number];

export interface LogGroupsProps {
  readonly stage: StageConfig;
  readonly removalPolicy: RemovalPolicy;
}

/** Separate from the writers, so that replacing a function loses no line. */
export class LogGroups extends Construct {
  readonly #groups: ReadonlyMap<LogWriter, LogGroup>;

  constructor(scope: Construct, id: string, { stage, removalPolicy }: LogGroupsProps) {
    super(scope, id);
    this.#groups = new Map(
      LOG_WRITERS.map((writer) => [
        writer,
        new LogGroup(this, writer, {
          logGroupName: `/dynoform/${stage.name}/${writer}`,
          retention: stage.logDays,
          removalPolicy,
        }),
      ]),
    );
  }

  of(writer: LogWriter): LogGroup {
    const group = this.#groups.get(writer);
    if (group === undefined) throw new Error(`no log group for ${writer}`);
    return group;
  }
}
