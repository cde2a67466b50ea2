import { type ACMClient, ImportCertificateCommand } from '@aws-sdk/client-acm';
import { CreateSubnetCommand, CreateVpcCommand, EC2Client } from '@aws-sdk/client-ec2';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { createAuthority, createServerCertificate } from '../../../adapters/local/certificates.ts';
import { clientOf } from './client-of.ts';

/** A load balancer with an HTTPS listener, like the CDK app's: its default certificate belongs to the platform. */
export async function createListener(endpoint: string, acm: ACMClient) {
  const ec2 = new EC2Client(clientOf(endpoint));
  const balancer = new ElasticLoadBalancingV2Client(clientOf(endpoint));
  const vpc = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }));
  const VpcId = vpc.Vpc?.VpcId;
  const subnets = await Promise.all(
    ['a', 'b'].map((zone, index) =>
      ec2.send(
        new CreateSubnetCommand({ VpcId, CidrBlock: `10.0.${index}.0/24`, AvailabilityZone: `us-east-1${zone}` }),
      ),
    ),
  );
  const name = `edge-${Math.random().toString(36).slice(2, 10)}`;
  const balancers = await balancer.send(
    new CreateLoadBalancerCommand({ Name: name, Subnets: subnets.map(({ Subnet }) => Subnet?.SubnetId ?? '') }),
  );
  const groups = await balancer.send(
    new CreateTargetGroupCommand({ Name: name, Protocol: 'HTTP', Port: 8080, VpcId, TargetType: 'ip' }),
  );
  const authority = await createAuthority(['example.com'], Date.now());
  const own = await createServerCertificate(authority, ['*.apps.example.com'], Date.now());
  const imported = await acm.send(
    new ImportCertificateCommand({ Certificate: Buffer.from(own.cert), PrivateKey: Buffer.from(own.key) }),
  );
  const listeners = await balancer.send(
    new CreateListenerCommand({
      LoadBalancerArn: balancers.LoadBalancers?.[0]?.LoadBalancerArn,
      Protocol: 'HTTPS',
      Port: 443,
      Certificates: [{ CertificateArn: imported.CertificateArn }],
      DefaultActions: [{ Type: 'forward', TargetGroupArn: groups.TargetGroups?.[0]?.TargetGroupArn }],
    }),
  );
  const listenerArn = listeners.Listeners?.[0]?.ListenerArn;
  if (listenerArn === undefined) throw new Error('no listener');
  return { balancer, listenerArn };
}
