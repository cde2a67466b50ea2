import { Duration } from 'aws-cdk-lib';
import { AutoScalingGroup, BlockDeviceVolume, EbsDeviceVolumeType, Monitoring } from 'aws-cdk-lib/aws-autoscaling';
import {
  InstanceType,
  type ISecurityGroup,
  type IVpc,
  LaunchTemplate,
  LaunchTemplateHttpTokens,
  type SubnetSelection,
} from 'aws-cdk-lib/aws-ec2';
import { AmiHardwareType, AsgCapacityProvider, EcsOptimizedImage, MachineImageType } from 'aws-cdk-lib/aws-ecs';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import type { Architecture } from '../config/config.ts';
import type { MachineGroup as MachineGroupConfig } from '../config/profiles.ts';
import { machineSetup } from './machine-setup.ts';

/** The image needs 30 GB; the slugs of all dynos on a machine share the rest. */
const DISK_GIB = 60;

export interface MachineGroupProps {
  readonly architecture: Architecture;
  readonly config: MachineGroupConfig;
  readonly targetCapacityPercent: number;
  /** Standalone tasks do not move by themselves: only machines without tasks may be removed. */
  readonly protectBusyMachines: boolean;
  readonly vpc: IVpc;
  readonly subnets: SubnetSelection;
  readonly publicAddresses: boolean;
  readonly securityGroup: ISecurityGroup;
  readonly role: IRole;
}

/** Machines of one architecture and one type, and the capacity provider that starts and ends them as dynos need them. */
export class MachineGroup extends Construct {
  readonly provider: AsgCapacityProvider;

  constructor(scope: Construct, id: string, props: MachineGroupProps) {
    super(scope, id);
    const { architecture, config, vpc } = props;
    const hardware = architecture === 'arm64' ? AmiHardwareType.ARM : AmiHardwareType.STANDARD;
    const template = new LaunchTemplate(this, 'Template', {
      instanceType: new InstanceType(config.instanceType),
      // A parameter that CloudFormation reads at each deploy: a new image makes a new version of the template.
      machineImage: EcsOptimizedImage.amazonLinux2023(hardware),
      userData: machineSetup(vpc.vpcCidrBlock),
      role: props.role,
      securityGroup: props.securityGroup,
      associatePublicIpAddress: props.publicAddresses,
      httpEndpoint: true,
      httpTokens: LaunchTemplateHttpTokens.REQUIRED,
      // With a limit of one hop, answers do not reach a container in bridge mode.
      httpPutResponseHopLimit: 1,
      instanceMetadataTags: false,
      blockDevices: [
        {
          deviceName: '/dev/xvda',
          volume: BlockDeviceVolume.ebs(DISK_GIB, { encrypted: true, volumeType: EbsDeviceVolumeType.GP3 }),
        },
      ],
    });
    const group = new AutoScalingGroup(this, 'Machines', {
      vpc,
      vpcSubnets: props.subnets,
      launchTemplate: template,
      minCapacity: config.min,
      maxCapacity: config.max,
      newInstancesProtectedFromScaleIn: props.protectBusyMachines,
      instanceMonitoring: Monitoring.BASIC,
      // Machines take over a new image within two weeks, without a deploy that replaces them all at once.
      maxInstanceLifetime: Duration.days(14),
    });
    acknowledge(group, {
      'AwsSolutions-AS3':
        'Machines come and go with dynos; the alarms watch what dynos lack, not how many machines there are.',
    });
    this.provider = new AsgCapacityProvider(this, 'Provider', {
      autoScalingGroup: group,
      machineImageType: MachineImageType.AMAZON_LINUX_2,
      enableManagedScaling: true,
      enableManagedDraining: true,
      enableManagedTerminationProtection: props.protectBusyMachines,
      targetCapacityPercent: props.targetCapacityPercent,
      instanceWarmupPeriod: 60,
    });
  }
}
