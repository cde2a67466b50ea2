import type { Stack } from 'aws-cdk-lib';
import type { EventBus } from 'aws-cdk-lib/aws-events';
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

const onCluster = ({ cluster }: CapacityStack) => ({ ArnEquals: { 'ecs:cluster': cluster.clusterArn } });

/** The first part of a blob's key. */
export type BlobKind = 'builds' | 'images' | 'outputs' | 'repositories' | 'routes' | 'slugs' | 'sources';

export interface BlobAccess {
  readonly read?: readonly BlobKind[];
  readonly write?: readonly BlobKind[];
  readonly remove?: readonly BlobKind[];
}

const READ_ITEMS = ['dynamodb:GetItem', 'dynamodb:Query'];
const WRITE_ITEMS = ['dynamodb:ConditionCheckItem', 'dynamodb:DeleteItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'];

/** The permissions of functions and services, by what the platform does. No statement has a wildcard in its actions. */
export class Permissions {
  readonly #stack: Stack;
  readonly #data: DataStack;
  readonly #eventBus: EventBus;

  constructor(stack: Stack, data: DataStack, eventBus: EventBus) {
    this.#stack = stack;
    this.#data = data;
    this.#eventBus = eventBus;
  }

  publishEvents(): PolicyStatement {
    return allow(['events:PutEvents'], [this.#eventBus.eventBusArn]);
  }

  readWriteTable(): PolicyStatement {
    return allow([...READ_ITEMS, ...WRITE_ITEMS], [this.#data.table.tableArn]);
  }

  readDueQueues(): PolicyStatement {
    return allow(['dynamodb:Query'], [`${this.#data.table.tableArn}/index/${DUE_INDEX}`]);
  }

  /** By kind of blob; also limits the presigned URLs of the holder. */
  blobs({ read = [], write = [], remove = [] }: BlobAccess): PolicyStatement[] {
    const { blobs } = this.#data.buckets;
    const of = (kinds: readonly BlobKind[]) => kinds.map((kind) => blobs.arnForObjects(`${kind}/*`));
    return [
      ...(read.length === 0 ? [] : [allow(['s3:GetObject'], of(read))]),
      // Without it a missing object looks like a forbidden one.
      ...(read.length === 0 ? [] : [allow(['s3:ListBucket'], [blobs.bucketArn])]),
      ...(write.length === 0 ? [] : [allow(['s3:AbortMultipartUpload', 's3:PutObject'], of(write))]),
      ...(remove.length === 0 ? [] : [allow(['s3:DeleteObject'], of(remove))]),
    ];
  }

  /** Through a URL that is valid for one request. */
  takeUploads(...kinds: readonly BlobKind[]): PolicyStatement {
    return allow(
      ['s3:PutObject'],
      kinds.map((kind) => this.#data.buckets.blobs.arnForObjects(`${kind}/*`)),
    );
  }

  seal(): PolicyStatement {
    return this.#keyOfConfig('kms:GenerateDataKey');
  }

  open(): PolicyStatement {
    return this.#keyOfConfig('kms:Decrypt');
  }

  writeConfigObjects(): PolicyStatement[] {
    return [
      allow(['s3:PutObject'], [this.#data.buckets.config.arnForObjects('config/*')]),
      // S3 requests it in the writer's name.
      allow(['kms:GenerateDataKey'], [this.#data.key.keyArn], {
        StringEquals: { 'kms:ViaService': `s3.${this.#stack.region}.amazonaws.com` },
      }),
    ];
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

  /** Dynos: only the platform's families, only on its cluster, never with a shell through ECS Exec. */
  runTasks({ cluster, executionRole }: CapacityStack): PolicyStatement[] {
    return [
      allow(['ecs:RunTask'], [this.#taskDefinitions()], {
        ArnEquals: { 'ecs:cluster': cluster.clusterArn },
        StringNotEquals: { 'ecs:enable-execute-command': 'true' },
      }),
      this.#passExecutionRole(executionRole.roleArn),
    ];
  }

  observeTasks(capacity: CapacityStack): PolicyStatement {
    return allow(['ecs:DescribeTasks'], [this.#ofCluster('task', capacity)], onCluster(capacity));
  }

  listTasks(capacity: CapacityStack): PolicyStatement {
    // ListTasks is checked against container instances. Listing all needs `*`, which only the condition limits.
    return allow(['ecs:ListTasks'], ['*'], onCluster(capacity));
  }

  /** The addresses at which the router reaches containers in bridge mode. */
  findMachines(capacity: CapacityStack): PolicyStatement[] {
    return [
      allow(['ecs:DescribeContainerInstances'], [this.#ofCluster('container-instance', capacity)], onCluster(capacity)),
      allow(['ec2:DescribeInstances'], ['*']),
    ];
  }

  stopTasks(capacity: CapacityStack): PolicyStatement {
    return allow(['ecs:StopTask'], [this.#ofCluster('task', capacity)], onCluster(capacity));
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
    const stage = this.#data.stage.name;
    return [
      allow(['acm:RequestCertificate'], ['*'], {
        StringEquals: { 'acm:ValidationMethod': 'DNS', 'aws:RequestTag/dynoform:stage': stage },
      }),
      allow(['acm:AddTagsToCertificate'], [certificates], {
        StringEquals: { 'aws:RequestTag/dynoform:stage': stage },
      }),
      allow(['acm:DescribeCertificate'], [certificates]),
      // The account may have certificates that are not ours.
      allow(['acm:DeleteCertificate'], [certificates], { StringEquals: { 'aws:ResourceTag/dynoform:stage': stage } }),
      allow(
        ['elasticloadbalancing:AddListenerCertificates', 'elasticloadbalancing:RemoveListenerCertificates'],
        [listenerArn],
      ),
    ];
  }

  /** Config vars of this installation (lambdas/encryption-context.ts): no secret, no object, nothing of another one. */
  #keyOfConfig(action: string): PolicyStatement {
    return allow([action], [this.#data.key.keyArn], {
      StringEquals: { 'kms:EncryptionContext:dynoform:stage': this.#data.stage.name },
    });
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
