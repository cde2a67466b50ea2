import { CfnOutput, Duration } from 'aws-cdk-lib';
import { Certificate, CertificateValidation, type ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import { SubnetType } from 'aws-cdk-lib/aws-ec2';
import {
  type ApplicationListener,
  ApplicationLoadBalancer,
  ApplicationProtocol,
  type ApplicationTargetGroup,
  ListenerAction,
  ListenerCondition,
  SslPolicy,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { ARecord, HostedZone, type IHostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { LoadBalancerTarget } from 'aws-cdk-lib/aws-route53-targets';
import type { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import type { DataStack } from '../data/data-stack.ts';
import type { NetworkStack } from '../network/network-stack.ts';
import { PlatformStack, type PlatformStackProps } from '../platform-stack.ts';
import { routerTargets, servicesTargets } from './target-groups.ts';

export interface EdgeStackProps extends PlatformStackProps {
  readonly network: NetworkStack;
  readonly data: DataStack;
}

/** More than the router's own 55 seconds, so that a silent connection gets Heroku's answer, not the load balancer's. */
const IDLE = Duration.seconds(120);

/** The public entry: TLS ends here. Certificates of custom domains are added at run time and are in no template. */
export class EdgeStack extends PlatformStack {
  readonly loadBalancer: ApplicationLoadBalancer;
  /** Where the certificates function attaches certificates; without a domain it attaches none. */
  readonly listener: ApplicationListener;
  readonly router: ApplicationTargetGroup;
  readonly services: ApplicationTargetGroup;
  readonly appsDomain: string;
  readonly servicesUrl: string;
  readonly certificate: ICertificate | undefined;
  readonly zone: IHostedZone | undefined;

  constructor(scope: Construct, id: string, props: EdgeStackProps) {
    super(scope, id, props);
    const { stage, network, data } = props;
    const { domain } = stage;
    this.loadBalancer = new ApplicationLoadBalancer(this, 'LoadBalancer', {
      vpc: network.vpc,
      vpcSubnets: { subnetType: SubnetType.PUBLIC },
      internetFacing: true,
      securityGroup: network.groups.loadBalancer,
      idleTimeout: IDLE,
      // Apps see the name that their visitors used.
      preserveHostHeader: true,
      deletionProtection: stage.keepData,
    });
    if (data.buckets.accessLogs === undefined) {
      acknowledge(this.loadBalancer, {
        'AwsSolutions-ELB2':
          'Access logs are a feature of the stage (features.accessLogs); the router logs every request.',
      });
    } else {
      this.loadBalancer.logAccessLogs(data.buckets.accessLogs, 'load-balancer');
    }
    this.router = routerTargets(this, 'Router', network.vpc);
    this.services = servicesTargets(this, 'Services', network.vpc);

    const http = this.loadBalancer.addListener('Http', {
      port: 80,
      protocol: ApplicationProtocol.HTTP,
      open: false,
      defaultAction: ListenerAction.forward([this.router]),
    });
    if (domain === undefined) {
      this.appsDomain = this.loadBalancer.loadBalancerDnsName;
      this.servicesUrl = `http://${this.appsDomain}`;
      this.listener = http;
      http.addAction('Services', {
        priority: 1,
        conditions: [ListenerCondition.hostHeaders([this.appsDomain])],
        action: ListenerAction.forward([this.services]),
      });
    } else {
      const servicesHost = `services.${domain.name}`;
      this.appsDomain = domain.name;
      this.servicesUrl = `https://${servicesHost}`;
      this.zone = this.#hostedZone();
      this.certificate = new Certificate(this, 'Certificate', {
        domainName: `*.${domain.name}`,
        validation: CertificateValidation.fromDns(this.zone),
      });
      this.listener = this.#encrypted(this.certificate, servicesHost);
      // Apps may be visited without TLS, as on Heroku; requests with tokens may not.
      http.addAction('ServicesOverTls', {
        priority: 1,
        conditions: [ListenerCondition.hostHeaders([servicesHost])],
        action: ListenerAction.redirect({ protocol: 'HTTPS', port: '443', permanent: true }),
      });
      if (this.zone !== undefined) {
        // Of any depth: `services`, every app, and the DNS targets of custom domains.
        new ARecord(this, 'Wildcard', {
          zone: this.zone,
          recordName: `*.${domain.name}`,
          target: RecordTarget.fromAlias(new LoadBalancerTarget(this.loadBalancer)),
        });
      }
    }
    new CfnOutput(this, 'LoadBalancerName', { value: this.loadBalancer.loadBalancerDnsName });
    new CfnOutput(this, 'ServicesUrl', { value: this.servicesUrl });
  }

  #hostedZone(): IHostedZone | undefined {
    const { domain } = this.stage;
    if (domain?.hostedZoneId === undefined) return undefined;
    return HostedZone.fromHostedZoneAttributes(this, 'Zone', {
      hostedZoneId: domain.hostedZoneId,
      zoneName: domain.name,
    });
  }

  #encrypted(certificate: ICertificate, servicesHost: string): ApplicationListener {
    const listener = this.loadBalancer.addListener('Https', {
      port: 443,
      protocol: ApplicationProtocol.HTTPS,
      open: false,
      sslPolicy: SslPolicy.RECOMMENDED_TLS,
      // Only the default one. A list here would remove, at each deploy, what the certificates function has added.
      certificates: [certificate],
      defaultAction: ListenerAction.forward([this.router]),
    });
    listener.addAction('Services', {
      priority: 1,
      conditions: [ListenerCondition.hostHeaders([servicesHost])],
      action: ListenerAction.forward([this.services]),
    });
    return listener;
  }
}
