import { type IVpc, Peer, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { BRIDGE_PORTS, DYNO_PORT, SERVICE_PORTS } from '../../adapters/aws/ports.ts';
import { acknowledge } from '../acknowledge.ts';

/**
 * All allowed connections in one place: clients to the load balancer, the load balancer to the services, the services to
 * dynos, dynos to the log intake and the terminals. No group admits its own members: no dyno reaches another.
 */
export class SecurityGroups extends Construct {
  readonly loadBalancer: SecurityGroup;
  readonly services: SecurityGroup;
  /** EC2 machines, whose containers are in bridge mode. */
  readonly machines: SecurityGroup;
  /** Dynos on Fargate. */
  readonly dynos: SecurityGroup;

  constructor(scope: Construct, id: string, { vpc }: { readonly vpc: IVpc }) {
    super(scope, id);
    const group = (name: string, description: string, allowAllOutbound: boolean) =>
      new SecurityGroup(this, name, { vpc, description, allowAllOutbound });

    this.loadBalancer = group('LoadBalancer', 'Load balancer: HTTP and HTTPS from anywhere', false);
    this.services = group('Services', 'Router, logs, git and terminals', true);
    this.machines = group('Machines', 'EC2 machines of dynos', true);
    this.dynos = group('Dynos', 'Dynos on Fargate', true);

    for (const port of [80, 443]) this.loadBalancer.addIngressRule(Peer.anyIpv4(), Port.tcp(port), 'clients');
    acknowledge(this.loadBalancer, {
      'AwsSolutions-EC23': 'The front door of all apps: whoever may visit them may connect to it.',
    });
    for (const port of [SERVICE_PORTS.router, SERVICE_PORTS.services]) {
      this.loadBalancer.addEgressRule(this.services, Port.tcp(port), 'services');
      this.services.addIngressRule(this.loadBalancer, Port.tcp(port), 'load balancer');
    }
    for (const port of [SERVICE_PORTS.forward, SERVICE_PORTS.attach]) {
      this.services.addIngressRule(this.machines, Port.tcp(port), 'dynos on machines');
      this.services.addIngressRule(this.dynos, Port.tcp(port), 'dynos on Fargate');
    }
    this.machines.addIngressRule(
      this.services,
      Port.tcpRange(BRIDGE_PORTS.from, BRIDGE_PORTS.to),
      'router to published ports',
    );
    this.dynos.addIngressRule(this.services, Port.tcp(DYNO_PORT), 'router to dynos');
  }
}
