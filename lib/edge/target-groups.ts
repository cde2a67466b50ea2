import { Duration } from 'aws-cdk-lib';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import {
  ApplicationProtocol,
  ApplicationTargetGroup,
  Protocol,
  TargetGroupLoadBalancingAlgorithmType,
  TargetType,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { Construct } from 'constructs';
import { SERVICE_PORTS } from '../../adapters/aws/ports.ts';

/** A router that stops fails its health check first; then its current requests have this long. */
const DRAIN = Duration.seconds(60);

export function routerTargets(scope: Construct, id: string, vpc: IVpc): ApplicationTargetGroup {
  return targets(scope, id, vpc, SERVICE_PORTS.router);
}

export function servicesTargets(scope: Construct, id: string, vpc: IVpc): ApplicationTargetGroup {
  return targets(scope, id, vpc, SERVICE_PORTS.services);
}

function targets(scope: Construct, id: string, vpc: IVpc, port: number): ApplicationTargetGroup {
  return new ApplicationTargetGroup(scope, id, {
    vpc,
    port,
    protocol: ApplicationProtocol.HTTP,
    targetType: TargetType.IP,
    deregistrationDelay: DRAIN,
    loadBalancingAlgorithmType: TargetGroupLoadBalancingAlgorithmType.LEAST_OUTSTANDING_REQUESTS,
    healthCheck: {
      // One health check for all roles of the task: every path of the router's port belongs to apps.
      port: String(SERVICE_PORTS.services),
      path: '/health',
      protocol: Protocol.HTTP,
      interval: Duration.seconds(10),
      timeout: Duration.seconds(5),
      healthyThresholdCount: 2,
      unhealthyThresholdCount: 2,
    },
  });
}
