import { ModifyLoadBalancerAttributesCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { type Account, unlessGone } from '../account.ts';

export async function unprotectBalancers({ balancer }: Account, balancers: readonly string[]): Promise<void> {
  const Attributes = [{ Key: 'deletion_protection.enabled', Value: 'false' }];
  for (const LoadBalancerArn of balancers) {
    await unlessGone(
      balancer.send(new ModifyLoadBalancerAttributesCommand({ LoadBalancerArn, Attributes })),
      'LoadBalancerNotFoundException',
    );
  }
}
