import { ListTagsForCertificateCommand, paginateListCertificates } from '@aws-sdk/client-acm';
import {
  DescribeStacksCommand,
  GetTemplateCommand,
  paginateListStackResources,
  paginateListStacks,
  type StackStatus,
} from '@aws-sdk/client-cloudformation';
import { paginateDescribeLogGroups } from '@aws-sdk/client-cloudwatch-logs';
import { paginateListTaskDefinitionFamilies } from '@aws-sdk/client-ecs';
import { parse } from 'yaml';
import { type Account, unlessGone } from './account.ts';
import type { Target } from './choose-target.ts';
import {
  type Found,
  isFamilyOf,
  type LogSource,
  logGroupOf,
  type Resource,
  STACKS_IN_ORDER,
  type Stack,
  stackNameOf,
} from './found.ts';

/** Finds everything that belongs to a platform, including what an interrupted teardown has left. */
export async function survey(account: Account, target: Target): Promise<Found> {
  const stacks: Stack[] = [];
  for (const name of STACKS_IN_ORDER) {
    const stackName = stackNameOf(target.stage, target.region, name);
    const stack = await findStack(account, stackName);
    if (stack === undefined) continue;
    // A deploy that was aborted before it began leaves a stack without a template.
    const resources = stack.status === 'REVIEW_IN_PROGRESS' ? [] : await readResources(account, stack.stackId);
    stacks.push({ name, stackName, stackId: stack.stackId, resources });
  }
  return {
    stacks,
    certificates: await findCertificates(account, target.stage),
    families: await findFamilies(account, target.stage),
    strayLogGroups: await findStrayLogGroups(account, target, stacks),
    ownLogGroups: await findLogGroups(account, `/dynoform/${target.stage}/`),
  };
}

export interface StackState {
  readonly stackId: string;
  readonly status: StackStatus;
  readonly protectedFromDeletion: boolean;
}

/** By name; or by id, under which a deleted stack is still known. */
export async function findStack({ cloudFormation }: Account, stackName: string): Promise<StackState | undefined> {
  try {
    const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: stackName }));
    const [stack] = Stacks ?? [];
    if (stack?.StackId === undefined || stack.StackStatus === undefined) return undefined;
    return {
      stackId: stack.StackId,
      status: stack.StackStatus,
      protectedFromDeletion: stack.EnableTerminationProtection ?? false,
    };
  } catch (error) {
    // CloudFormation has no special error for a missing stack.
    if ((error as Error).message.includes('does not exist')) return undefined;
    throw error;
  }
}

async function readResources({ cloudFormation }: Account, stackId: string): Promise<Resource[]> {
  const { TemplateBody = '{}' } = await cloudFormation.send(
    new GetTemplateCommand({ StackName: stackId, TemplateStage: 'Original' }),
  );
  const template = parse(TemplateBody) as { Resources?: Record<string, { DeletionPolicy?: string }> };
  const resources: Resource[] = [];
  for await (const page of paginateListStackResources({ client: cloudFormation }, { StackName: stackId })) {
    for (const {
      LogicalResourceId: logicalId,
      PhysicalResourceId: physicalId,
      ...rest
    } of page.StackResourceSummaries ?? []) {
      // Without a physical id it was never created.
      if (logicalId === undefined || !physicalId || rest.ResourceStatus === 'DELETE_COMPLETE') continue;
      const retained = template.Resources?.[logicalId]?.DeletionPolicy === 'Retain';
      resources.push({ logicalId, physicalId, type: rest.ResourceType ?? '', retained });
    }
  }
  return resources;
}

async function findCertificates({ acm }: Account, stage: string): Promise<string[]> {
  const found: string[] = [];
  for await (const page of paginateListCertificates({ client: acm }, {})) {
    for (const { CertificateArn } of page.CertificateSummaryList ?? []) {
      const tagged = await unlessGone(
        acm.send(new ListTagsForCertificateCommand({ CertificateArn })),
        'ResourceNotFoundException',
      );
      const ours = tagged?.Tags?.some(({ Key, Value }) => Key === 'dynoform:stage' && Value === stage);
      if (ours && CertificateArn !== undefined) found.push(CertificateArn);
    }
  }
  return found;
}

async function findFamilies({ ecs }: Account, stage: string): Promise<string[]> {
  const found = new Set<string>();
  for (const status of ['ACTIVE', 'INACTIVE'] as const) {
    const asked = { familyPrefix: `dynoform-${stage}-dyno-`, status };
    for await (const { families } of paginateListTaskDefinitionFamilies({ client: ecs }, asked)) {
      for (const family of families ?? []) if (isFamilyOf(stage, family)) found.add(family);
    }
  }
  return [...found];
}

async function findStrayLogGroups(account: Account, target: Target, stacks: readonly Stack[]): Promise<string[]> {
  const resources = [...stacks.flatMap((stack) => stack.resources), ...(await readGone(account, target))];
  const existing: string[] = [];
  for (const name of new Set(resources.flatMap((resource) => logGroupOf(resource) ?? []))) {
    if ((await findLogGroups(account, name)).includes(name)) existing.push(name);
  }
  return existing;
}

/** CloudFormation lists deleted stacks for 90 days, with their resources. */
async function readGone({ cloudFormation: client }: Account, target: Target): Promise<LogSource[]> {
  const names = new Set<string>(STACKS_IN_ORDER.map((name) => stackNameOf(target.stage, target.region, name)));
  const found: LogSource[] = [];
  for await (const page of paginateListStacks({ client }, { StackStatusFilter: ['DELETE_COMPLETE'] })) {
    for (const { StackName, StackId } of page.StackSummaries ?? []) {
      if (StackName === undefined || !names.has(StackName)) continue;
      for await (const { StackResourceSummaries } of paginateListStackResources({ client }, { StackName: StackId })) {
        for (const { PhysicalResourceId: physicalId, ResourceType: type = '' } of StackResourceSummaries ?? []) {
          if (physicalId) found.push({ physicalId, type });
        }
      }
    }
  }
  return found;
}

async function findLogGroups({ logs }: Account, prefix: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { logGroups } of paginateDescribeLogGroups({ client: logs }, { logGroupNamePrefix: prefix })) {
    found.push(...(logGroups ?? []).flatMap(({ logGroupName }) => logGroupName ?? []));
  }
  return found;
}
