import { Resolver } from 'node:dns/promises';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { type _InstanceType, DescribeInstanceTypesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { ECSClient, ListAccountSettingsCommand } from '@aws-sdk/client-ecs';
import {
  GetAWSDefaultServiceQuotaCommand,
  GetServiceQuotaCommand,
  paginateListServiceQuotas,
  ServiceQuotasClient,
} from '@aws-sdk/client-service-quotas';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { StageConfig } from '../../lib/config/config.ts';
import { type AccountFacts, type Asked, QUOTAS, type Quota, type QuotaName, quotaName } from './facts.ts';

/** Asks everything at once; what may not be read is part of the answer, not an error. */
export async function readAccount(region: string, stage: StageConfig): Promise<AccountFacts> {
  const [account, bootstrapVersion, vcpus, trunking, quotas, nameServers] = await Promise.all([
    ask(() => readAccountId(region)),
    ask(() => readBootstrapVersion(region)),
    ask(() => readVcpus(region, stage)),
    ask(() => readTrunking(region)),
    readQuotas(region, stage),
    stage.domain === undefined ? undefined : ask(() => readNameServers(stage.domain?.name ?? '')),
  ]);
  return { account, bootstrapVersion, vcpus, trunking, quotas, ...(nameServers === undefined ? {} : { nameServers }) };
}

async function ask<T>(read: () => Promise<T>): Promise<Asked<T>> {
  try {
    return { ok: true, value: await read() };
  } catch (error) {
    const { name, message } = error as Error;
    return { ok: false, reason: name === 'Error' ? message : name };
  }
}

async function readAccountId(region: string): Promise<string> {
  const { Account } = await new STSClient({ region }).send(new GetCallerIdentityCommand({}));
  return Account ?? '';
}

async function readBootstrapVersion(region: string): Promise<number | undefined> {
  try {
    const answer = await new CloudFormationClient({ region }).send(
      new DescribeStacksCommand({ StackName: 'CDKToolkit' }),
    );
    const outputs = answer.Stacks?.[0]?.Outputs ?? [];
    return Number(outputs.find(({ OutputKey }) => OutputKey === 'BootstrapVersion')?.OutputValue ?? 0);
  } catch (error) {
    // CloudFormation has no special error for a missing stack.
    if ((error as Error).message.includes('does not exist')) return undefined;
    throw error;
  }
}

async function readVcpus(region: string, stage: StageConfig): Promise<Readonly<Record<string, number>>> {
  const types = [...new Set(Object.values(stage.capacity.machines).map(({ instanceType }) => instanceType))];
  const answer = await new EC2Client({ region }).send(
    // A filter, because a type that the region does not have would be an error.
    new DescribeInstanceTypesCommand({ Filters: [{ Name: 'instance-type', Values: types as _InstanceType[] }] }),
  );
  return Object.fromEntries(
    (answer.InstanceTypes ?? []).map(({ InstanceType, VCpuInfo }) => [InstanceType ?? '', VCpuInfo?.DefaultVCpus ?? 0]),
  );
}

async function readTrunking(region: string): Promise<boolean> {
  const answer = await new ECSClient({ region }).send(
    new ListAccountSettingsCommand({ name: 'awsvpcTrunking', effectiveSettings: true }),
  );
  return answer.settings?.[0]?.value === 'enabled';
}

async function readNameServers(domain: string): Promise<readonly string[]> {
  try {
    return await new Resolver({ timeout: 5_000, tries: 2 }).resolveNs(domain);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTFOUND' || code === 'ENODATA') return [];
    throw error;
  }
}

async function readQuotas(region: string, stage: StageConfig): Promise<AccountFacts['quotas']> {
  const client = new ServiceQuotasClient({ region });
  const entries = await Promise.all(
    (Object.keys(QUOTAS) as Quota[]).map(async (id) => {
      const name = quotaName(id, stage.builds.compute);
      return [id, await ask(() => readQuota(client, { ...QUOTAS[id], name }))] as const;
    }),
  );
  return Object.fromEntries(entries) as Record<Quota, Asked<number>>;
}

async function readQuota(client: ServiceQuotasClient, { service, code, name }: QuotaName): Promise<number> {
  if (code !== undefined) {
    const asked = { ServiceCode: service, QuotaCode: code };
    const applied = await client.send(new GetServiceQuotaCommand(asked)).catch(async (error: Error) => {
      // An account that never asked for more may have no value of its own.
      if (error.name !== 'NoSuchResourceException') throw error;
      return client.send(new GetAWSDefaultServiceQuotaCommand(asked));
    });
    if (applied.Quota?.Value === undefined) throw new Error(`${service} has no value for it`);
    return applied.Quota.Value;
  }
  for await (const page of paginateListServiceQuotas({ client }, { ServiceCode: service })) {
    const found = page.Quotas?.find((quota) => quota.QuotaName === name)?.Value;
    if (found !== undefined) return found;
  }
  throw new Error(`${service} has no quota of this name`);
}
