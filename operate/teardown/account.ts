import { ACMClient } from '@aws-sdk/client-acm';
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { CodeBuildClient } from '@aws-sdk/client-codebuild';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ECRClient } from '@aws-sdk/client-ecr';
import { ECSClient } from '@aws-sdk/client-ecs';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { KMSClient } from '@aws-sdk/client-kms';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';

/** Quotas of one call a second need patience: the SDK repeats calls after growing pauses. */
const ATTEMPTS_MAX = 12;

/** Clients for the services that make up a platform, in one region. */
export function openAccount(region: string) {
  const common = { region, maxAttempts: ATTEMPTS_MAX };
  return {
    acm: new ACMClient(common),
    autoScaling: new AutoScalingClient(common),
    balancer: new ElasticLoadBalancingV2Client(common),
    codeBuild: new CodeBuildClient(common),
    cloudFormation: new CloudFormationClient(common),
    dynamo: new DynamoDBClient(common),
    ec2: new EC2Client(common),
    ecr: new ECRClient(common),
    ecs: new ECSClient(common),
    events: new EventBridgeClient(common),
    kms: new KMSClient(common),
    lambda: new LambdaClient(common),
    logs: new CloudWatchLogsClient(common),
    s3: new S3Client(common),
    secrets: new SecretsManagerClient(common),
  };
}

export type Account = ReturnType<typeof openAccount>;

export async function readAccountId(region: string): Promise<string> {
  const { Account } = await new STSClient({ region }).send(new GetCallerIdentityCommand({}));
  return Account ?? '';
}

/** By name: the class of an error differs between clients, and CloudFormation and Auto Scaling have one name for everything. */
export function isNamed(error: unknown, ...names: readonly string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}

/** Treats a missing resource as removed, by an earlier run or by hand. */
export async function unlessGone<T>(doing: Promise<T>, ...names: readonly string[]): Promise<T | undefined> {
  try {
    return await doing;
  } catch (error) {
    if (isNamed(error, ...names)) return undefined;
    throw error;
  }
}
