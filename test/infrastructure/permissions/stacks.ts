import type { Template } from '../assembly.ts';

export const ACCOUNT = '000000000000';
export const REGION = 'us-east-1';

/** A stack and the names of its resources, in a real or an imagined account. */
export interface DeployedStack {
  readonly name: string;
  readonly template: Template;
  readonly resources: Readonly<Record<string, { readonly type: string; readonly physicalId: string }>>;
}

const arn = (service: string, resource: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;

/** The ARN of a resource by its physical id, which is a name, a URL or already an ARN. */
const ARNS: Readonly<Record<string, (id: string) => string>> = {
  'AWS::CodeBuild::Project': (id) => arn('codebuild', `project/${id}`),
  'AWS::DynamoDB::Table': (id) => arn('dynamodb', `table/${id}`),
  'AWS::ECR::Repository': (id) => arn('ecr', `repository/${id}`),
  'AWS::ECS::Cluster': (id) => arn('ecs', `cluster/${id}`),
  'AWS::Events::EventBus': (id) => arn('events', `event-bus/${id}`),
  'AWS::IAM::Role': (id) => `arn:aws:iam::${ACCOUNT}:role/${id}`,
  'AWS::KMS::Key': (id) => arn('kms', `key/${id}`),
  'AWS::Lambda::Function': (id) => arn('lambda', `function:${id}`),
  'AWS::Logs::LogGroup': (id) => arn('logs', `log-group:${id}:*`),
  'AWS::S3::Bucket': (id) => `arn:aws:s3:::${id}`,
  'AWS::SQS::Queue': (id) => arn('sqs', id.replace(/^.*\//, '')),
};

const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::AccountId': ACCOUNT,
  'AWS::Partition': 'aws',
  'AWS::Region': REGION,
  'AWS::URLSuffix': 'amazonaws.com',
};

/** The stacks of a platform, with references between and within them resolved to real names. */
export class Stacks {
  readonly #stacks: ReadonlyMap<string, DeployedStack>;
  readonly #exports = new Map<string, readonly [DeployedStack, unknown]>();

  constructor(stacks: readonly DeployedStack[]) {
    this.#stacks = new Map(stacks.map((stack) => [stack.name, stack]));
    for (const stack of stacks) {
      for (const { Value, Export } of Object.values(stack.template.Outputs ?? {})) {
        if (Export !== undefined) this.#exports.set(Export.Name, [stack, Value]);
      }
    }
  }

  /** Resources of all stacks. */
  ofType(type: string) {
    return [...this.#stacks.values()].flatMap((stack) =>
      Object.entries(stack.template.Resources)
        .filter(([, resource]) => resource.Type === type)
        .map(([id, { Properties }]) => ({ stack, id, properties: Properties ?? {}, arn: this.arn(stack, id) })),
    );
  }

  arn(stack: DeployedStack, id: string): string {
    const { type = '', physicalId = id } = stack.resources[id] ?? {};
    return physicalId.startsWith('arn:') ? physicalId : (ARNS[type]?.(physicalId) ?? physicalId);
  }

  /** A resource's value with all functions resolved. */
  // biome-ignore lint/suspicious/noExplicitAny: a part of a template, which has no types
  resolve(stack: DeployedStack, value: unknown): any {
    if (Array.isArray(value)) return value.map((inner) => this.resolve(stack, inner));
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    const [[name, argument] = []] = entries;
    if (entries.length === 1 && name !== undefined && /^(Ref|Fn::\w+)$/.test(name))
      return this.#call(stack, name, argument);
    return Object.fromEntries(entries.map(([key, inner]) => [key, this.resolve(stack, inner)]));
  }

  #call(stack: DeployedStack, name: string, argument: unknown): unknown {
    switch (name) {
      case 'Ref': {
        const known = PSEUDO[String(argument)];
        return known ?? stack.resources[String(argument)]?.physicalId ?? String(argument);
      }
      case 'Fn::GetAtt': {
        const [id = '', attribute = ''] = argument as string[];
        return attribute.endsWith('Arn') ? this.arn(stack, id) : `${id}.${attribute}`;
      }
      case 'Fn::Join': {
        const [separator, parts] = argument as [string, unknown];
        return (this.resolve(stack, parts) as string[]).join(separator);
      }
      case 'Fn::Select': {
        const [index, list] = argument as [number, unknown];
        return (this.resolve(stack, list) as string[])[index];
      }
      case 'Fn::Split': {
        const [separator, text] = argument as [string, unknown];
        return String(this.resolve(stack, text)).split(separator);
      }
      case 'Fn::Sub':
        return String(argument).replace(/\$\{([\w:]+)\}/g, (_, id) => String(this.#call(stack, 'Ref', id)));
      case 'Fn::Base64':
        return this.resolve(stack, argument);
      case 'Fn::GetAZs':
        return ['a', 'b', 'c'].map((zone) => `${REGION}${zone}`);
      case 'Fn::ImportValue': {
        const found = this.#exports.get(String(argument));
        if (found === undefined) throw new Error(`nothing exports ${String(argument)}`);
        return this.resolve(...found);
      }
      default:
        throw new Error(`${name} is not followed here`);
    }
  }
}
