import { type Assembly, STACKS, type Stage } from '../assembly.ts';
import { ACCOUNT, type DeployedStack, REGION, Stacks } from './stacks.ts';

/** Physical names as CloudFormation would make them from the logical id alone. */
const PHYSICAL_IDS: Readonly<Record<string, (id: string) => string>> = {
  'AWS::ElasticLoadBalancingV2::Listener': (id) =>
    `arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT}:listener/app/${id}/1/1`,
  'AWS::S3::Bucket': (id) => id.toLowerCase(),
  'AWS::SecretsManager::Secret': (id) => `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:${id}-AbCdEf`,
  'AWS::SQS::Queue': (id) => `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${id}`,
};

export function stacksOf(assembly: Assembly, stage: Stage): Stacks {
  return new Stacks(
    STACKS.map((name): DeployedStack => {
      const template = assembly.template(stage, name);
      const resources = Object.entries(template.Resources).map(([id, { Type: type }]) => [
        id,
        { type, physicalId: PHYSICAL_IDS[type]?.(id) ?? id },
      ]);
      return { name, template, resources: Object.fromEntries(resources) };
    }),
  );
}

/** The resources that the tables of calls name, in a stage. */
export class Landmarks {
  readonly #stacks: Stacks;
  readonly stage: string;

  constructor(stacks: Stacks, stage: string) {
    this.#stacks = stacks;
    this.stage = stage;
  }

  get table(): string {
    return this.#arn('AWS::DynamoDB::Table', 'Items');
  }
  get key(): string {
    return this.#arn('AWS::KMS::Key', 'Key');
  }
  get eventBus(): string {
    return this.#arn('AWS::Events::EventBus', 'Events');
  }
  get signingSecret(): string {
    return this.#arn('AWS::SecretsManager::Secret', 'SigningSecret');
  }
  get ownerToken(): string {
    return this.#arn('AWS::SecretsManager::Secret', 'OwnerToken');
  }
  get blobs(): string {
    return this.#arn('AWS::S3::Bucket', 'BucketsBlobs');
  }
  get config(): string {
    return this.#arn('AWS::S3::Bucket', 'BucketsConfig');
  }
  get slugs(): string {
    return this.#arn('AWS::ECR::Repository', 'ImagesSlugs');
  }
  get caches(): string {
    return this.#arn('AWS::ECR::Repository', 'ImagesCaches');
  }
  /** The CDK's repository for images that it builds, such as the services'. */
  get assets(): string {
    return this.#named('ecr', `repository/cdk-hnb659fds-container-assets-${ACCOUNT}-${REGION}`);
  }
  get cluster(): string {
    return this.#arn('AWS::ECS::Cluster', 'Cluster');
  }
  get executionRole(): string {
    return this.#arn('AWS::IAM::Role', 'DynoExecutionRole');
  }
  get machineRole(): string {
    return this.#arn('AWS::IAM::Role', 'MachineRole');
  }
  get listener(): string {
    return this.#arn('AWS::ElasticLoadBalancingV2::Listener', 'LoadBalancer');
  }
  get failedEvents(): string {
    return this.#arn('AWS::SQS::Queue', 'Queuesfailedevents');
  }
  get bootstrapFunction(): string {
    return this.#arn('AWS::Lambda::Function', 'Functionsbootstrap');
  }
  get dynoDefinition(): string {
    return this.#named('ecs', `task-definition/dynoform-${this.stage}-dyno-1f2e3d4c:7`);
  }
  get task(): string {
    return `${this.cluster.replace(':cluster/', ':task/')}/0123456789abcdef0123456789abcdef`;
  }
  get machine(): string {
    return `${this.cluster.replace(':cluster/', ':container-instance/')}/0123456789abcdef0123456789abcdef`;
  }
  get certificate(): string {
    return this.#named('acm', 'certificate/0f1e2d3c');
  }
  get elsewhere() {
    return {
      cluster: this.#named('ecs', 'cluster/other'),
      definition: this.#named('ecs', 'task-definition/other:1'),
      task: this.#named('ecs', 'task/other/0123456789abcdef0123456789abcdef'),
      role: `arn:aws:iam::${ACCOUNT}:role/Administrator`,
      project: this.#named('codebuild', 'project/other'),
      queue: this.#named('sqs', 'other'),
      eventBus: this.#named('events', 'event-bus/default'),
    };
  }

  project(name: 'buildpacksarm64' | 'buildpacksamd64' | 'dockerfilearm64' | 'dockerfileamd64'): string {
    return this.#arn('AWS::CodeBuild::Project', name);
  }
  queue(name: 'nudge' | 'delay' | 'build' | 'certificate'): string {
    return this.#arn('AWS::SQS::Queue', `Queues${name}`, 'deadletters');
  }
  log(writer: string): string {
    return this.#arn('AWS::Logs::LogGroup', `Logs${writer}`, 'apiaccess').replace(/:\*$/, ':log-stream:one');
  }

  get flowLog(): string {
    return this.#arn('AWS::Logs::LogGroup', 'FlowLogs').replace(/:\*$/, ':log-stream:one');
  }

  /** The first resource whose logical id begins like this. */
  #arn(type: string, begins: string, butNot = '\n'): string {
    const found = this.#stacks.ofType(type).find(({ id }) => id.startsWith(begins) && !id.includes(butNot));
    if (found === undefined) throw new Error(`no ${type} ${begins}`);
    return found.arn;
  }

  #named(service: string, resource: string): string {
    return `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;
  }
}
