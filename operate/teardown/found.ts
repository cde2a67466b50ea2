/** Stacks of a platform in the order of deletion: a stack is deleted before those that it uses. */
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
  /** CloudFormation keeps it when its stack is deleted. */
  readonly retained: boolean;
}

export interface Stack {
  readonly name: StackName;
  readonly stackName: string;
  readonly stackId: string;
  readonly resources: readonly Resource[];
}

/** Everything that exists of a platform, made by a deploy or by the platform itself. */
export interface Found {
  readonly stacks: readonly Stack[];
  /** Requested for custom domains, found by the stage's tag. */
  readonly certificates: readonly string[];
  /** Families of dynos' task definitions that are not yet deleted. */
  readonly families: readonly string[];
  /** Of functions, projects and clusters, also of deleted stacks: AWS makes them at the first log line. */
  readonly strayLogGroups: readonly string[];
  /** The stage's own log groups, whichever stack made them. */
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

/** The log group that AWS uses for a resource without one: functions of the CDK, Container Insights. */
export function logGroupOf({ type, physicalId }: LogSource): string | undefined {
  if (type === 'AWS::Lambda::Function') return `/aws/lambda/${physicalId}`;
  if (type === 'AWS::ECS::Cluster') return `/aws/ecs/containerinsights/${physicalId}/performance`;
  if (type === 'AWS::CodeBuild::Project') return `/aws/codebuild/${physicalId}`;
  return undefined;
}
