import { Fn, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { StageConfig } from './config/config.ts';

export interface PlatformStackProps extends StackProps {
  readonly stage: StageConfig;
}

/** What all stacks of a platform share. */
export class PlatformStack extends Stack {
  readonly stage: StageConfig;

  constructor(scope: Construct, id: string, props: PlatformStackProps) {
    super(scope, id, props);
    this.stage = props.stage;
  }

  /** The region's first zones as CloudFormation numbers them: the CDK would ask the account, or take at most two. */
  override get availabilityZones(): string[] {
    return Array.from({ length: this.stage.zones }, (_, index) => Fn.select(index, Fn.getAzs()));
  }
}
