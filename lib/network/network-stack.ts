import { RemovalPolicy } from 'aws-cdk-lib';
import {
  FlowLogDestination,
  FlowLogTrafficType,
  GatewayVpcEndpointAwsService,
  IpAddresses,
  type IVpc,
  type SubnetSelection,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { PrivateDnsNamespace } from 'aws-cdk-lib/aws-servicediscovery';
import type { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import { PlatformStack, type PlatformStackProps } from '../platform-stack.ts';
import { SecurityGroups } from './security-groups.ts';

/** /16: bridge mode needs an address per machine, Fargate one per dyno. */
const CIDR = '10.88.0.0/16';

/** The network of one platform. Gateway endpoints are free; interface endpoints, at 7.30 USD a month and zone, are left out. */
export class NetworkStack extends PlatformStack {
  readonly vpc: IVpc;
  readonly groups: SecurityGroups;
  /** Subnets of machines, dynos and services. */
  readonly workloads: SubnetSelection;
  /** Without a NAT gateway only a public address reaches AWS's APIs. */
  readonly publicAddresses: boolean;
  readonly namespace: PrivateDnsNamespace;

  constructor(scope: Construct, id: string, props: PlatformStackProps) {
    super(scope, id, props);
    const { name, natGateways, features, logDays } = props.stage;
    const hasNat = natGateways > 0;
    this.publicAddresses = !hasNat;
    this.workloads = { subnetType: hasNat ? SubnetType.PRIVATE_WITH_EGRESS : SubnetType.PUBLIC };

    const vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr(CIDR),
      availabilityZones: this.availabilityZones,
      natGateways,
      // Emptying the default group needs an extra function; nothing here is ever in that group.
      restrictDefaultSecurityGroup: false,
      subnetConfiguration: [
        { name: 'public', subnetType: SubnetType.PUBLIC, cidrMask: 20, mapPublicIpOnLaunch: !hasNat },
        ...(hasNat ? [{ name: 'private', subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 20 }] : []),
      ],
      gatewayEndpoints: {
        S3: { service: GatewayVpcEndpointAwsService.S3 },
        DynamoDb: { service: GatewayVpcEndpointAwsService.DYNAMODB },
      },
    });
    this.vpc = vpc as IVpc;
    if (features.flowLogs) {
      vpc.addFlowLog('FlowLog', {
        trafficType: FlowLogTrafficType.REJECT,
        destination: FlowLogDestination.toCloudWatchLogs(
          new LogGroup(this, 'FlowLogs', {
            logGroupName: `/dynoform/${name}/network`,
            retention: logDays,
            // Deleted with the network: a kept group would block its name at the next deploy. It logs refused packets, not apps.
            removalPolicy: RemovalPolicy.DESTROY,
          }),
        ),
      });
    } else {
      acknowledge(vpc, {
        'AwsSolutions-VPC7':
          'Flow logs are a feature of the stage (features.flowLogs), off where they would cost more than the rest.',
      });
    }
    this.groups = new SecurityGroups(this, 'SecurityGroups', { vpc: this.vpc });
    this.namespace = new PrivateDnsNamespace(this, 'Names', {
      name: privateDomain(name),
      vpc: this.vpc,
      description: 'Where dynos find the log intake and the terminals',
    });
  }
}

/** Known before the deploy, so that other stacks need no export of it. */
export function privateDomain(stageName: string): string {
  return `${stageName}.dynoform.internal`;
}

/** The services task's name inside the VPC. */
export function servicesHost(stageName: string): string {
  return `services.${privateDomain(stageName)}`;
}
