/** The answer of an account to one question, or why there is none. */
export type Asked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

/** A quota as AWS names it. Codes are stable; a quota without a documented code is found by name. */
export interface QuotaName {
  readonly service: string;
  readonly code?: string;
  readonly name: string;
}

export const QUOTAS = {
  taskActions: { service: 'ecs', code: 'L-C3AEE9D2', name: 'Rate of cluster resource modify API requests' },
  taskDefinitions: { service: 'ecs', code: 'L-1E6DEB89', name: 'Rate of task definition modify API requests' },
  fargateVcpus: { service: 'fargate', code: 'L-3032A538', name: 'Fargate On-Demand vCPU resource count' },
  machineVcpus: {
    service: 'ec2',
    code: 'L-1216C47A',
    name: 'Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances',
  },
  executions: { service: 'lambda', code: 'L-B99A9384', name: 'Concurrent executions' },
  certificates: { service: 'elasticloadbalancing', name: 'Certificates per Application Load Balancer' },
  armBuilds: { service: 'codebuild', name: 'Concurrently running builds for ARM/{compute} environment' },
  intelBuilds: { service: 'codebuild', name: 'Concurrently running builds for Linux/{compute} environment' },
  addresses: { service: 'ec2', code: 'L-0263D0A3', name: 'EC2-VPC Elastic IPs' },
} as const satisfies Record<string, QuotaName>;

export type Quota = keyof typeof QUOTAS;

const COMPUTE = { small: 'Small', medium: 'Medium', large: 'Large', xlarge: 'XLarge' };

/** As Service Quotas writes it: CodeBuild has one for each compute size. */
export function quotaName(quota: Quota, compute: keyof typeof COMPUTE): string {
  return QUOTAS[quota].name.replace('{compute}', COMPUTE[compute]);
}

/** Facts of one account and region, before or after a deploy. */
export interface AccountFacts {
  readonly account: Asked<string>;
  /** Version of the CDK's bootstrap stack; undefined: there is none. */
  readonly bootstrapVersion: Asked<number | undefined>;
  readonly quotas: Readonly<Record<Quota, Asked<number>>>;
  /** vCPUs of each instance type of the configuration. */
  readonly vcpus: Asked<Readonly<Record<string, number>>>;
  readonly trunking: Asked<boolean>;
  /** Name servers that the public DNS has for the domain; absent: the stage has no domain. */
  readonly nameServers?: Asked<readonly string[]>;
}
