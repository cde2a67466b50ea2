import { DeleteLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DeleteTableCommand, DescribeTableCommand, UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import { DeleteRepositoryCommand } from '@aws-sdk/client-ecr';
import { ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms';
import { DeleteBucketCommand } from '@aws-sdk/client-s3';
import { DeleteSecretCommand } from '@aws-sdk/client-secrets-manager';
import { type Account, isNamed, unlessGone } from '../account.ts';
import type { Resource } from '../found.ts';
import type { Say } from '../say.ts';
import { waitFor } from '../wait-for.ts';
import { emptyBuckets } from './empty-buckets.ts';

/** KMS's minimum. */
const KEY_DAYS = 7;
const BOUND_MINUTES = 30;
const GONE = 'ResourceNotFoundException';

type Remove = (account: Account, physicalId: string, say: Say) => Promise<unknown>;

const REMOVE: Readonly<Record<string, Remove>> = {
  'AWS::S3::Bucket': removeBucket,
  'AWS::DynamoDB::Table': removeTable,
  'AWS::ECR::Repository': ({ ecr }, repositoryName) =>
    unlessGone(ecr.send(new DeleteRepositoryCommand({ repositoryName, force: true })), 'RepositoryNotFoundException'),
  'AWS::Logs::LogGroup': ({ logs }, logGroupName) =>
    unlessGone(logs.send(new DeleteLogGroupCommand({ logGroupName })), 'ResourceNotFoundException'),
  'AWS::SecretsManager::Secret': ({ secrets }, SecretId) =>
    unlessGone(
      secrets.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true })),
      'ResourceNotFoundException',
    ),
  'AWS::KMS::Key': removeKey,
};

/** Removes what a stack keeps when it is deleted. */
export async function removeRetained(account: Account, resources: readonly Resource[], say: Say): Promise<void> {
  for (const { type, physicalId } of resources) await REMOVE[type]?.(account, physicalId, say);
}

async function removeBucket(account: Account, bucket: string, say: Say): Promise<void> {
  await waitFor({
    what: `the bucket ${bucket} to stay empty`,
    boundMinutes: BOUND_MINUTES,
    say,
    next: 'Something still writes there. Run the command again when it has ended.',
    look: async () => {
      try {
        await unlessGone(account.s3.send(new DeleteBucketCommand({ Bucket: bucket })), 'NoSuchBucket');
        return undefined;
      } catch (error) {
        // Access logs are delivered for hours.
        if (!isNamed(error, 'BucketNotEmpty')) throw error;
        await emptyBuckets(account, [bucket], say);
        return 'a new object';
      }
    },
  });
}

async function removeTable({ dynamo }: Account, TableName: string, say: Say): Promise<void> {
  await waitFor({
    what: `the table ${TableName} to go`,
    boundMinutes: BOUND_MINUTES,
    say,
    next: 'Run the command again.',
    look: async () => {
      const described = await unlessGone(dynamo.send(new DescribeTableCommand({ TableName })), GONE);
      const { TableStatus, DeletionProtectionEnabled } = described?.Table ?? {};
      if (TableStatus === 'ACTIVE') {
        const remove = DeletionProtectionEnabled
          ? dynamo.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: false }))
          : dynamo.send(new DeleteTableCommand({ TableName }));
        await unlessGone<unknown>(remove, GONE, 'ResourceInUseException');
      }
      return TableStatus;
    },
  });
}

async function removeKey({ kms }: Account, KeyId: string, say: Say): Promise<void> {
  // Refused for a key that is already scheduled.
  const answer = await unlessGone(
    kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: KEY_DAYS })),
    'NotFoundException',
    'KMSInvalidStateException',
  );
  if (answer === undefined) return;
  say(`the key ${KeyId} waits ${KEY_DAYS} days; until then: aws kms cancel-key-deletion --key-id ${KeyId}`);
}
