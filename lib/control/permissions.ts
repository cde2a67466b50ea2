import type { Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { CapacityStack } from '../capacity/capacity-stack.ts';
import type { DataStack } from '../data/data-stack.ts';
import { DUE_INDEX } from '../data/table.ts';

type Conditions = NonNullable<ConstructorParameters<typeof PolicyStatement>[0]>['conditions'];

const allow = (actions: readonly string[], resources: readonly string[], conditions?: Conditions) =>
  new PolicyStatement({
    actions: [...actions],
    resources: [...resources],
    ...(conditions === undefined ? {} : { conditions }),
  });

const READ_ITEMS = ['dynamodb:GetItem', 'dynamodb:Query'];
const WRITE_ITEMS = ['dynamodb:ConditionCheckItem', 'dynamodb:DeleteItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'];

/** What the functions and services may do, in the words of the platform. No statement has a wildcard in its actions. */
export class Permissions {
  readonly #stack: Stack;
  readonly #data: DataStack;

  constructor(stack: Stack, data: DataStack) {
    this.#stack = stack;
    this.#data = data;
  }

  readWriteTable(): PolicyStatement {
    return allow([...READ_ITEMS, ...WRITE_ITEMS], [this.#data.table.tableArn]);
  }

  readDueQueues(): PolicyStatement {
    return allow(['dynamodb:Query'], [`${this.#data.table.tableArn}/index/${DUE_INDEX}`]);
  }

  /** Also what a presigned URL of the holder allows. */
  readWriteBlobs(): PolicyStatement {
    return allow(
      ['s3:AbortMultipartUpload', 's3:DeleteObject', 's3:GetObject', 's3:PutObject'],
      [this.#data.buckets.blobs.arnForObjects('*')],
    );
  }

  /** Without it a missing object looks like a forbidden one. */
  listBlobs(): PolicyStatement {
    return allow(['s3:ListBucket'], [this.#data.buckets.blobs.bucketArn]);
  }

  sealAndOpen(): PolicyStatement {
    return allow(['kms:Decrypt', 'kms:GenerateDataKey'], [this.#data.key.keyArn]);
  }

  writeConfigObjects(): PolicyStatement {
    return allow(['s3:PutObject'], [this.#data.buckets.config.arnForObjects('config/*')]);
  }

  readSigningSecret(): PolicyStatement[] {
    return this.#secret(['secretsmanager:GetSecretValue'], this.#data.signingSecret.secretArn, ['kms:Decrypt']);
  }

  writeOwnerToken(): PolicyStatement[] {
    return this.#secret(
      ['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'],
      this.#data.ownerTokenSecret.secretArn,
      ['kms:Decrypt', 'kms:GenerateDataKey'],
    );
  }

  send(...queueArns: readonly string[]): PolicyStatement {
    return allow(['sqs:SendMessage'], queueArns);
  }

  /** Dynos: only of the platform's families, only on its cluster, never with a shell through ECS Exec. */
  runTasks({ cluster, executionRole }: CapacityStack): PolicyStatement[] {
    return [
      allow(['ecs:RunTask'], [this.#taskDefinitions()], {
        ArnEquals: { 'ecs:cluster': cluster.clusterArn },
        StringNotEquals: { 'ecs:enable-execute-command': 'true' },
      }),
      this.#passExecutionRole(executionRole.roleArn),
    ];
  }

  observeTasks(capacity: CapacityStack): PolicyStatement[] {
    const onCluster = { ArnEquals: { 'ecs:cluster': capacity.cluster.clusterArn } };
    return [
      allow(['ecs:DescribeTasks'], [this.#ofCluster('task', capacity)], onCluster),
      allow(['ecs:ListTasks'], [this.#ofCluster('container-instance', capacity)], onCluster),
    ];
  }

  /** The addresses at which the router reaches containers in bridge mode. */
  findMachines(capacity: CapacityStack): PolicyStatement[] {
    return [
      allow(['ecs:DescribeContainerInstances'], [this.#ofCluster('container-instance', capacity)], {
        ArnEquals: { 'ecs:cluster': capacity.cluster.clusterArn },
      }),
      allow(['ec2:DescribeInstances'], ['*']),
    ];
  }

  stopTasks(capacity: CapacityStack): PolicyStatement {
    return allow(['ecs:StopTask'], [this.#ofCluster('task', capacity)], {
      ArnEquals: { 'ecs:cluster': capacity.cluster.clusterArn },
    });
  }

  registerTaskDefinitions({ executionRole }: CapacityStack): PolicyStatement[] {
    return [
      allow(['ecs:RegisterTaskDefinition'], [this.#taskDefinitions()], {
        StringNotEquals: { 'ecs:privileged': 'true' },
      }),
      this.#passExecutionRole(executionRole.roleArn),
    ];
  }

  startBuilds(projectArns: readonly string[]): PolicyStatement {
    return allow(['codebuild:StartBuild', 'codebuild:StopBuild'], projectArns);
  }

  manageCertificates(listenerArn: string): PolicyStatement[] {
    const certificates = this.#stack.formatArn({ service: 'acm', resource: 'certificate', resourceName: '*' });
    return [
      allow(['acm:RequestCertificate'], ['*'], {
        StringEquals: { 'acm:ValidationMethod': 'DNS', 'aws:RequestTag/dynoform:stage': this.#data.stage.name },
      }),
      allow(['acm:AddTagsToCertificate', 'acm:DeleteCertificate', 'acm:DescribeCertificate'], [certificates]),
      allow(
        ['elasticloadbalancing:AddListenerCertificates', 'elasticloadbalancing:RemoveListenerCertificates'],
        [listenerArn],
      ),
    ];
  }

  #passExecutionRole(roleArn: string): PolicyStatement {
    return allow(['iam:PassRole'], [roleArn], { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } });
  }

  #taskDefinitions(): string {
    return this.#stack.formatArn({
      service: 'ecs',
      resource: 'task-definition',
      resourceName: `dynoform-${this.#data.stage.name}-dyno-*:*`,
    });
  }

  #ofCluster(resource: 'task' | 'container-instance', { cluster }: CapacityStack): string {
    return this.#stack.formatArn({ service: 'ecs', resource, resourceName: `${cluster.clusterName}/*` });
  }

  #secret(actions: readonly string[], secretArn: string, keyActions: readonly string[]): PolicyStatement[] {
    return [
      allow(actions, [secretArn]),
      allow(keyActions, [this.#data.key.keyArn], {
        StringEquals: { 'kms:ViaService': `secretsmanager.${this.#stack.region}.amazonaws.com` },
      }),
    ];
  }
}
