import { randomUUID } from 'node:crypto';
import {
  CreateAutoScalingGroupCommand,
  CreateLaunchConfigurationCommand,
  DescribeAutoScalingGroupsCommand,
  DescribeLifecycleHooksCommand,
  PutLifecycleHookCommand,
} from '@aws-sdk/client-auto-scaling';
import { CreateLogGroupCommand, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateTableCommand, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { CreateRepositoryCommand, DescribeRepositoriesCommand, PutImageCommand } from '@aws-sdk/client-ecr';
import { CreateCapacityProviderCommand, DescribeCapacityProvidersCommand } from '@aws-sdk/client-ecs';
import { CreateKeyCommand, DescribeKeyCommand } from '@aws-sdk/client-kms';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  ListBucketsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { CreateSecretCommand, ListSecretsCommand } from '@aws-sdk/client-secrets-manager';
import { openAccount } from '../../../operate/teardown/account.ts';
import type { Resource } from '../../../operate/teardown/found.ts';
import { releaseMachines } from '../../../operate/teardown/steps/release-machines.ts';
import { removeRetained } from '../../../operate/teardown/steps/remove-retained.ts';
import { emulators } from './emulators.ts';

/** Steps of `npm run teardown` that only moto checks strictly, or supports: machines, protection, versions of objects. */

const REGION = 'us-east-1';
const silent = () => undefined;

function open() {
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: emulators.moto,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  });
  return openAccount(REGION);
}

test('machines that are protected from scale-in, and held by a hook, end before their stack goes', async () => {
  const account = open();
  const name = `machines-${randomUUID()}`;
  const { autoScaling, ecs } = account;
  await autoScaling.send(
    new CreateLaunchConfigurationCommand({
      LaunchConfigurationName: name,
      ImageId: 'ami-12345678',
      InstanceType: 'm7g.large',
    }),
  );
  await autoScaling.send(
    new CreateAutoScalingGroupCommand({
      AutoScalingGroupName: name,
      LaunchConfigurationName: name,
      AvailabilityZones: [`${REGION}a`],
      MinSize: 2,
      MaxSize: 4,
      NewInstancesProtectedFromScaleIn: true,
    }),
  );
  const LifecycleHookName = 'ecs-managed-draining-termination-hook';
  const LifecycleTransition = 'autoscaling:EC2_INSTANCE_TERMINATING';
  await autoScaling.send(
    new PutLifecycleHookCommand({ AutoScalingGroupName: name, LifecycleHookName, LifecycleTransition }),
  );
  const group = async () => {
    const asked = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] });
    return (await autoScaling.send(asked)).AutoScalingGroups?.[0];
  };
  const { AutoScalingGroupARN: autoScalingGroupArn, Instances } = (await group()) ?? {};
  expect(Instances?.map(({ ProtectedFromScaleIn }) => ProtectedFromScaleIn)).toEqual([true, true]);
  const managed = { managedScaling: { status: 'ENABLED' }, managedTerminationProtection: 'ENABLED' } as const;
  await ecs.send(
    new CreateCapacityProviderCommand({ name, autoScalingGroupProvider: { autoScalingGroupArn, ...managed } }),
  );

  // The second time there is nothing left to do.
  for (const _ of [1, 2]) await releaseMachines(account, { groups: [name], providers: [name] }, silent);
  expect(await group()).toMatchObject({ MinSize: 0, MaxSize: 0, NewInstancesProtectedFromScaleIn: false });
  expect((await group())?.Instances ?? []).toEqual([]);
  const hooks = await autoScaling.send(new DescribeLifecycleHooksCommand({ AutoScalingGroupName: name }));
  expect(hooks.LifecycleHooks).toEqual([]);
  const providers = await ecs.send(new DescribeCapacityProvidersCommand({ capacityProviders: [name] }));
  expect(providers.capacityProviders?.[0]?.autoScalingGroupProvider?.managedTerminationProtection).toBe('DISABLED');
});

test('data that its stack would leave goes: protected, versioned, not empty; what is gone already is no error', async () => {
  const account = open();
  const { dynamo, ecr, kms, logs, s3, secrets } = account;
  const name = `teardown-${randomUUID()}`;
  await s3.send(new CreateBucketCommand({ Bucket: name }));
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await s3.send(new PutBucketVersioningCommand({ Bucket: name, VersioningConfiguration }));
  for (const Body of ['one', 'two']) await s3.send(new PutObjectCommand({ Bucket: name, Key: 'source', Body }));
  await s3.send(new DeleteObjectCommand({ Bucket: name, Key: 'source' }));
  await dynamo.send(
    new CreateTableCommand({
      TableName: name,
      KeySchema: [{ AttributeName: 'partition', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'partition', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
      DeletionProtectionEnabled: true,
    }),
  );
  await ecr.send(new CreateRepositoryCommand({ repositoryName: name }));
  const imageManifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
    config: {
      mediaType: 'application/vnd.docker.container.image.v1+json',
      size: 2,
      digest: `sha256:${'0'.repeat(64)}`,
    },
    layers: [],
  });
  await ecr.send(new PutImageCommand({ repositoryName: name, imageManifest, imageTag: 'one' }));
  await secrets.send(new CreateSecretCommand({ Name: name, SecretString: 'secret' }));
  await logs.send(new CreateLogGroupCommand({ logGroupName: name }));
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  const key = KeyMetadata?.KeyId ?? '';

  const resources = [
    ['AWS::S3::Bucket', name],
    ['AWS::DynamoDB::Table', name],
    ['AWS::ECR::Repository', name],
    ['AWS::SecretsManager::Secret', name],
    ['AWS::Logs::LogGroup', name],
    ['AWS::KMS::Key', key],
  ].map(([type = '', physicalId = '']): Resource => ({ logicalId: type, physicalId, type, retained: true }));
  for (const _ of [1, 2]) await removeRetained(account, resources, silent);

  expect((await s3.send(new ListBucketsCommand({}))).Buckets?.map(({ Name }) => Name) ?? []).not.toContain(name);
  expect((await dynamo.send(new ListTablesCommand({}))).TableNames ?? []).not.toContain(name);
  const repositories = await ecr.send(new DescribeRepositoriesCommand({}));
  expect(repositories.repositories?.map(({ repositoryName }) => repositoryName) ?? []).not.toContain(name);
  expect((await secrets.send(new ListSecretsCommand({}))).SecretList?.map(({ Name }) => Name) ?? []).not.toContain(
    name,
  );
  const groups = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: name }));
  expect(groups.logGroups).toEqual([]);
  const described = await kms.send(new DescribeKeyCommand({ KeyId: key }));
  expect(described.KeyMetadata?.KeyState).toBe('PendingDeletion');
});
