/** Stacks of a platform in the order in which they can go: who uses something goes before it. */
export const STACKS_IN_ORDER = [
  'observability',
  'services',
  'control',
  'build',
  'capacity',
  'edge',
  'network',
  'data',
] as const;
export type StackName = (typeof STACKS_IN_ORDER)[number];

export interface Resource {
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
  /** CloudFormation leaves it behind when its stack goes. */
  readonly retained: boolean;
}

export interface Stack {
  readonly name: StackName;
  readonly stackName: string;
  readonly stackId: string;
  readonly resources: readonly Resource[];
}

/** What there is of a platform, whether a deploy made it or the platform itself. */
export interface Found {
  readonly stacks: readonly Stack[];
  /** Requested for custom domains, by the tag of the stage. */
  readonly certificates: readonly string[];
  /** Families of dynos' task definitions that are not yet deleted. */
  readonly families: readonly string[];
  /** Of functions, projects and clusters, also of stacks that are gone: made by AWS when something was logged. */
  readonly strayLogGroups: readonly string[];
  /** The stage's own log groups, whichever stack has made them. */
  readonly ownLogGroups: readonly string[];
}

export const stackNameOf = (stage: string, region: string, name: StackName): string =>
  `dynoform-${stage}-${region}-${name}`;

/** Exactly the stage's: a family of the stage "a-dyno" begins like one of the stage "a". */
export function isFamilyOf(stage: string, family: string): boolean {
  const prefix = `dynoform-${stage}-dyno-`;
  return family.startsWith(prefix) && /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(family.slice(prefix.length));
}

export type LogSource = Pick<Resource, 'type' | 'physicalId'>;

/** Where AWS logs for a resource without being told a group: functions of the CDK, Container Insights. */
export function logGroupOf({ type, physicalId }: LogSource): string | undefined {
  if (type === 'AWS::Lambda::Function') return `/aws/lambda/${physicalId}`;
  if (type === 'AWS::ECS::Cluster') return `/aws/ecs/containerinsights/${physicalId}/performance`;
  if (type === 'AWS::CodeBuild::Project') return `/aws/codebuild/${physicalId}`;
  return undefined;
}
