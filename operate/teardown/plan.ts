import { type Found, logGroupOf, type Resource, STACKS_IN_ORDER, type Stack, type StackName } from './found.ts';

/** One step. Each may be repeated: a resource that is already gone counts as removed. */
export type Step =
  | { readonly kind: 'stop-sources'; readonly rules: readonly string[]; readonly functions: readonly string[] }
  | { readonly kind: 'stop-services'; readonly services: readonly string[] }
  | { readonly kind: 'stop-builds'; readonly projects: readonly string[] }
  | { readonly kind: 'stop-tasks'; readonly cluster: string }
  | {
      readonly kind: 'remove-certificates';
      readonly listeners: readonly string[];
      readonly certificates: readonly string[];
    }
  | { readonly kind: 'release-machines'; readonly groups: readonly string[]; readonly providers: readonly string[] }
  | { readonly kind: 'unprotect-balancers'; readonly balancers: readonly string[] }
  | { readonly kind: 'wait-for-interfaces'; readonly vpc: string }
  | { readonly kind: 'empty-buckets'; readonly buckets: readonly string[] }
  | { readonly kind: 'remove-retained'; readonly resources: readonly Resource[] }
  | { readonly kind: 'delete-stack'; readonly stackName: string; readonly stackId: string }
  | { readonly kind: 'remove-task-definitions'; readonly families: readonly string[] }
  | { readonly kind: 'remove-log-groups'; readonly names: readonly string[] };

export interface Plan {
  readonly steps: readonly Step[];
  /** What is kept, and why. */
  readonly kept: readonly string[];
}

/** AWS deletes a key after a week at the earliest; until then it can be recovered. It is last: it encrypts secrets and buckets. */
const REMOVAL_ORDER = [
  'AWS::S3::Bucket',
  'AWS::ECR::Repository',
  'AWS::DynamoDB::Table',
  'AWS::Logs::LogGroup',
  'AWS::SecretsManager::Secret',
  'AWS::KMS::Key',
];

/** The steps for what was found, in this order. */
export function plan(found: Found, { data }: { readonly data: boolean }): Plan {
  const of = (name: StackName, type: string): string[] =>
    found.stacks
      .filter((stack) => stack.name === name)
      .flatMap(({ resources }) => resources)
      .filter((resource) => resource.type === type)
      .map(({ physicalId }) => physicalId);
  const dataStacks = found.stacks.filter(({ name }) => name === 'data');
  const vpcs = of('network', 'AWS::EC2::VPC');
  const clusters = of('capacity', 'AWS::ECS::Cluster');
  const stopTasks = clusters.map((cluster): Step => ({ kind: 'stop-tasks', cluster }));

  const before: Partial<Record<StackName, readonly Step[]>> = {
    // A pass of the dyno manager that was under way when its sources were stopped may have started one more.
    capacity: stopTasks,
    edge: [{ kind: 'unprotect-balancers', balancers: of('edge', 'AWS::ElasticLoadBalancingV2::LoadBalancer') }],
    network: vpcs.map((vpc): Step => ({ kind: 'wait-for-interfaces', vpc })),
    data: dataSteps(dataStacks),
  };
  const goes = (name: StackName): boolean => data || name !== 'data';
  const going = STACKS_IN_ORDER.filter(goes).flatMap((name) => found.stacks.filter((stack) => stack.name === name));
  const staying = found.stacks.filter(({ name }) => !goes(name)).flatMap(({ resources }) => resources.map(logGroupOf));
  const ofData = new Set(dataStacks.flatMap(({ resources }) => resources.map(({ physicalId }) => physicalId)));
  const logGroups = [
    ...found.strayLogGroups.filter((group) => !staying.includes(group)),
    ...(data ? found.ownLogGroups.filter((group) => !ofData.has(group)) : []),
  ];

  const steps: Step[] = [
    {
      kind: 'stop-sources',
      rules: of('control', 'AWS::Events::Rule'),
      functions: of('control', 'AWS::Lambda::Function'),
    },
    { kind: 'stop-services', services: of('services', 'AWS::ECS::Service') },
    { kind: 'stop-builds', projects: of('build', 'AWS::CodeBuild::Project') },
    ...stopTasks,
    {
      kind: 'remove-certificates',
      listeners: of('edge', 'AWS::ElasticLoadBalancingV2::Listener'),
      certificates: found.certificates,
    },
    {
      kind: 'release-machines',
      groups: of('capacity', 'AWS::AutoScaling::AutoScalingGroup'),
      providers: of('capacity', 'AWS::ECS::CapacityProvider'),
    },
    ...going.flatMap(({ name, stackName, stackId }): Step[] => [
      ...(before[name] ?? []),
      { kind: 'delete-stack', stackName, stackId },
    ]),
    { kind: 'remove-task-definitions', families: found.families },
    { kind: 'remove-log-groups', names: logGroups },
  ];
  return { steps: steps.filter(hasWork), kept: kept(found, data) };
}

/** What the stack retains is removed while the stack still lists it: after a kill the next run finds it again. */
function dataSteps(stacks: readonly Stack[]): Step[] {
  const buckets = stacks.flatMap(({ resources }) => resources.filter(({ type }) => type === 'AWS::S3::Bucket'));
  return [
    { kind: 'empty-buckets', buckets: buckets.map(({ physicalId }) => physicalId) },
    { kind: 'remove-retained', resources: retainedOf(stacks) },
  ];
}

function retainedOf(stacks: readonly Stack[]): Resource[] {
  return stacks
    .flatMap(({ resources }) => resources.filter(({ retained }) => retained))
    .filter(({ type }) => REMOVAL_ORDER.includes(type))
    .sort((one, other) => REMOVAL_ORDER.indexOf(one.type) - REMOVAL_ORDER.indexOf(other.type));
}

function hasWork(step: Step): boolean {
  const lists = Object.values(step).filter((value) => Array.isArray(value));
  if (step.kind === 'remove-certificates') return step.certificates.length > 0;
  return lists.length === 0 || lists.some(({ length }) => length > 0);
}

function kept(found: Found, data: boolean): string[] {
  const lines: string[] = [];
  const stack = found.stacks.find(({ name }) => name === 'data');
  if (stack !== undefined && !data) {
    lines.push(
      `${stack.stackName}, with table, buckets, images, secrets, key and logs: the next deploy finds its apps again; --data removes it`,
    );
  }
  if (
    found.stacks.some(({ resources }) => resources.some(({ type }) => type === 'AWS::CertificateManager::Certificate'))
  ) {
    lines.push('DNS records that validated the certificate: CloudFormation leaves them in the zone');
  }
  if (data && stack?.resources.some(({ type }) => type === 'AWS::KMS::Key')) {
    lines.push(
      'the key, until AWS deletes it after its waiting period; backups that DynamoDB keeps of a deleted table for 35 days',
    );
  }
  return lines;
}
