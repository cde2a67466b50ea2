import { Duration } from 'aws-cdk-lib';
import { Repository, RepositoryEncryption, TagMutability, TagStatus } from 'aws-cdk-lib/aws-ecr';
import { Construct } from 'constructs';
import type { Retention } from './retention.ts';

export class Repositories extends Construct {
  /** Images of slugs. Dynos name them by digest, so nothing may expire here by age. */
  readonly slugs: Repository;
  /** Build caches: losing one costs a slower build. */
  readonly caches: Repository;

  constructor(scope: Construct, id: string, { retention }: { readonly retention: Retention }) {
    super(scope, id);
    const common = {
      encryption: RepositoryEncryption.AES_256,
      removalPolicy: retention.removalPolicy,
      emptyOnDelete: retention.emptyOnDelete,
    };
    this.slugs = new Repository(this, 'Slugs', {
      ...common,
      imageScanOnPush: true,
      imageTagMutability: TagMutability.IMMUTABLE,
    });
    this.caches = new Repository(this, 'Caches', {
      ...common,
      lifecycleRules: [
        {
          description: 'a cache that a newer one has replaced',
          tagStatus: TagStatus.UNTAGGED,
          maxImageAge: Duration.days(3),
        },
      ],
    });
  }
}
