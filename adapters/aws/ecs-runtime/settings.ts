export type Architecture = 'amd64' | 'arm64';

/** Where dynos run; the JSON of `DYNOFORM_CAPACITY`. */
export interface DynoCapacity {
  /** The EC2 capacity provider of each architecture for which the installation has machines. */
  readonly providers: Readonly<Partial<Record<Architecture, string>>>;
  /** Absent: the installation offers no dedicated sizes. */
  readonly fargate?: FargateCapacity;
}

export interface FargateCapacity {
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  /** In subnets without a NAT gateway a task reaches ECR only with its own public address. */
  readonly publicAddresses: boolean;
  /** Fluent Bit, which sends the output of a Fargate dyno to the log service. */
  readonly logRouterImage: string;
}

export interface EcsRuntimeSettings {
  readonly stage: string;
  /** Name or ARN. */
  readonly cluster: string;
  readonly configBucket: string;
  readonly keyArn: string;
  readonly executionRoleArn: string;
  /** The repository of slug images, without tag or digest. */
  readonly repositoryUri: string;
  readonly capacity: DynoCapacity;
  /** `host:port` of the log service's forward protocol. */
  readonly logAddress: string;
  /** `host:port` where attached one-offs wait for their client. */
  readonly attachAddress: string;
}
