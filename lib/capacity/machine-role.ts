import { type IRole, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

/**
 * What the ECS agent needs (Developer Guide, "Amazon ECS container instance IAM role") and nothing else. The execution role
 * pulls images and reads config objects, so a stolen machine role opens neither.
 */
export function machineRole(scope: Construct, id: string, clusterArn: string): IRole {
  const role = new Role(scope, id, {
    assumedBy: new ServicePrincipal('ec2.amazonaws.com'),
    description: 'ECS agent on machines of dynos',
  });
  role.addToPolicy(
    new PolicyStatement({
      actions: [
        'ecs:DeregisterContainerInstance',
        'ecs:RegisterContainerInstance',
        'ecs:SubmitAttachmentStateChanges',
        'ecs:SubmitContainerStateChange',
        'ecs:SubmitTaskStateChange',
      ],
      resources: [clusterArn],
    }),
  );
  role.addToPolicy(
    new PolicyStatement({
      // Their resource is the container instance, whose id does not exist yet; the condition limits them to the cluster.
      actions: ['ecs:Poll', 'ecs:StartTelemetrySession', 'ecs:UpdateContainerInstancesState'],
      resources: ['*'],
      conditions: { ArnEquals: { 'ecs:cluster': clusterArn } },
    }),
  );
  role.addToPolicy(new PolicyStatement({ actions: ['ecs:DiscoverPollEndpoint'], resources: ['*'] }));
  // The CDK would add wildcards, and permission to write any log.
  return role.withoutPolicyUpdates();
}
