/**
 * On-demand list prices in US dollars, us-east-1, without taxes, savings plans or free allowances. Other regions cost up to a
 * third more. When a price changes, update it and the date.
 */
export const PRICES_AS_OF = '2026-11-21';
export const PRICES_REGION = 'us-east-1';

export interface Price {
  readonly dollars: number;
  readonly per: string;
  readonly source: string;
}

const price = (dollars: number, per: string, page: string): Price => ({
  dollars,
  per,
  source: `https://aws.amazon.com/${page}/pricing/`,
});

export const PRICES = {
  loadBalancer: price(0.0225, 'hour', 'elasticloadbalancing'),
  publicAddress: price(0.005, 'hour', 'vpc'),
  natGateway: price(0.045, 'hour', 'vpc'),
  fargateArmCpu: price(0.03238, 'vCPU and hour', 'fargate'),
  fargateArmMemory: price(0.00356, 'GB and hour', 'fargate'),
  diskGp3: price(0.08, 'GB and month', 'ebs'),
  key: price(1, 'month', 'kms'),
  secret: price(0.4, 'month', 'secrets-manager'),
  hostedZone: price(0.5, 'month', 'route53'),
  alarm: price(0.1, 'month', 'cloudwatch'),
  dashboard: price(3, 'month', 'cloudwatch'),
  logIntake: price(0.5, 'GB', 'cloudwatch'),
  standardQueue: price(0.4, 'million requests', 'sqs'),
  fifoQueue: price(0.5, 'million requests', 'sqs'),
  tableRead: price(0.125, 'million read units', 'dynamodb'),
  tableWrite: price(0.625, 'million write units', 'dynamodb'),
  functionRequest: price(0.2, 'million requests', 'lambda'),
  functionArmTime: price(0.0000133334, 'GB and second', 'lambda'),
  image: price(0.1, 'GB and month', 'ecr'),
} as const satisfies Readonly<Record<string, Price>>;

const ec2 = (dollars: number) => price(dollars, 'hour', 'ec2');

/** Likely machines for dynos; the estimate names others without a price. */
export const MACHINE_PRICES: Readonly<Record<string, Price>> = {
  't4g.small': ec2(0.0168),
  't4g.medium': ec2(0.0336),
  't4g.large': ec2(0.0672),
  'm7g.large': ec2(0.0816),
  'm7g.xlarge': ec2(0.1632),
  'm7g.2xlarge': ec2(0.3264),
  'c7g.large': ec2(0.0725),
  'c7g.xlarge': ec2(0.145),
  'r7g.large': ec2(0.1071),
  'r7g.xlarge': ec2(0.2142),
  'r7g.4xlarge': ec2(0.8568),
  't3.medium': ec2(0.0416),
  't3.large': ec2(0.0832),
  'm7i.large': ec2(0.1008),
  'm7i.xlarge': ec2(0.2016),
  'm7i.2xlarge': ec2(0.4032),
};
