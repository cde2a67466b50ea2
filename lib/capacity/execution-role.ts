import { Stack } from 'aws-cdk-lib';
import type { IRepository } from 'aws-cdk-lib/aws-ecr';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

export interface ExecutionRoleProps {
  readonly slugs: IRepository;
  readonly config: IBucket;
  readonly key: IKey;
}

/** With this role ECS, not the dyno, pulls the slug's image and reads the app's config object. A dyno has no role at all. */
export function dynoExecutionRole(scope: Construct, id: string, { slugs, config, key }: ExecutionRoleProps): Role {
  const stack = Stack.of(scope);
  const role = new Role(scope, id, {
    description: 'ECS, to start dynos: pull images of slugs, read config objects',
    assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com', {
      // Otherwise another account's ECS could be made to use it (ECS Developer Guide, "confused deputy").
      conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
    }),
  });
  role.addToPolicy(
    new PolicyStatement({
      actions: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      resources: [slugs.repositoryArn],
    }),
  );
  role.addToPolicy(new PolicyStatement({ actions: ['ecr:GetAuthorizationToken'], resources: ['*'] }));
  role.addToPolicy(new PolicyStatement({ actions: ['s3:GetBucketLocation'], resources: [config.bucketArn] }));
  role.addToPolicy(new PolicyStatement({ actions: ['s3:GetObject'], resources: [config.arnForObjects('config/*')] }));
  role.addToPolicy(
    new PolicyStatement({
      actions: ['kms:Decrypt'],
      resources: [key.keyArn],
      // Config objects only: the role cannot open what is sealed in the table.
      conditions: { StringEquals: { 'kms:ViaService': `s3.${stack.region}.amazonaws.com` } },
    }),
  );
  return role;
}
