import { ACCOUNT, type Stacks } from './stacks.ts';

export interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: unknown;
}
export interface Policy {
  readonly Statement: readonly Statement[];
}

export interface Role {
  /** The platform's name of it: `api`, `DynoExecution`, `AllTaskTask`. */
  readonly name: string;
  readonly arn: string;
  readonly policies: readonly Policy[];
}

/** The roles of a platform, and the policies of its resources. */
export class Roles {
  readonly all: readonly Role[];
  readonly #ofResources: ReadonlyMap<string, Policy>;

  constructor(stacks: Stacks) {
    const policies = stacks.ofType('AWS::IAM::Policy').map(({ stack, properties }) => ({
      policy: stacks.resolve(stack, properties.PolicyDocument) as Policy,
      roles: (stacks.resolve(stack, properties.Roles ?? []) as string[]).map(
        (role) => `arn:aws:iam::${ACCOUNT}:role/${role}`,
      ),
    }));
    this.all = stacks.ofType('AWS::IAM::Role').map(({ stack, id, properties, arn }) => {
      const inline = stacks.resolve(stack, properties.Policies ?? []) as { readonly PolicyDocument: Policy }[];
      return {
        name: nameOf(id),
        arn,
        policies: [
          ...policies.filter(({ roles }) => roles.includes(arn)).map(({ policy }) => policy),
          ...inline.map(({ PolicyDocument }) => PolicyDocument),
        ],
      };
    });
    this.#ofResources = new Map([
      ...stacks
        .ofType('AWS::KMS::Key')
        .map(({ stack, properties, arn }): [string, Policy] => [arn, stacks.resolve(stack, properties.KeyPolicy)]),
      ...stacks
        .ofType('AWS::S3::BucketPolicy')
        .map(({ stack, properties }): [string, Policy] => [
          `arn:aws:s3:::${stacks.resolve(stack, properties.Bucket)}`,
          stacks.resolve(stack, properties.PolicyDocument),
        ]),
      ...stacks
        .ofType('AWS::SQS::QueuePolicy')
        .flatMap(({ stack, properties }) =>
          (properties.Queues as { Ref: string }[]).map(({ Ref }): [string, Policy] => [
            stacks.arn(stack, Ref),
            stacks.resolve(stack, properties.PolicyDocument),
          ]),
        ),
    ]);
  }

  of(name: string): Role {
    const found = this.all.find((role) => role.name === name);
    if (found === undefined) throw new Error(`no role ${name} in ${this.all.map((role) => role.name).join(', ')}`);
    return found;
  }

  /** The policy of a key, of a bucket (also for its objects) or of a queue. */
  resourcePolicy(resource: string): Policy | undefined {
    return this.#ofResources.get(resource.startsWith('arn:aws:s3:::') ? (resource.split('/')[0] ?? '') : resource);
  }
}

function nameOf(logicalId: string): string {
  return logicalId
    .replace(/[0-9A-F]{8}$/, '')
    .replace(/Role$/, '')
    .replace(/^Functions/, '');
}
