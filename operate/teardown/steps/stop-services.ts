import { UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { type Account, unlessGone } from '../account.ts';

/**
 * CloudFormation would wait for a service that cannot become steady; with nothing to run it is. The physical id of a
 * service is its ARN, which has the cluster in it: arn:…:service/<cluster>/<service>.
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
