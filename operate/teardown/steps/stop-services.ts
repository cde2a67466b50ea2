import { UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { type Account, unlessGone } from '../account.ts';

/**
 * CloudFormation would wait for a service that cannot become steady; without tasks it is steady. A service's physical id is its
 * ARN, which contains the cluster: arn:…:service/<cluster>/<service>.
 */
export async function stopServices({ ecs }: Account, services: readonly string[]): Promise<void> {
  for (const service of services) {
    const [, cluster] = service.split('/');
    await unlessGone(
      ecs.send(new UpdateServiceCommand({ service, cluster, desiredCount: 0 })),
      'ServiceNotFoundException',
      'ServiceNotActiveException',
      'ClusterNotFoundException',
    );
  }
}
