import type { Found, Resource, Stack, StackName } from '../../../operate/teardown/found.ts';
import { plan } from '../../../operate/teardown/plan.ts';
import { stepText } from '../../../operate/teardown/step-text.ts';

const NOTHING: Found = { stacks: [], certificates: [], families: [], strayLogGroups: [], ownLogGroups: [] };

function stack(name: StackName, resources: Readonly<Record<string, string>> = {}, retained = false): Stack {
  const list = Object.entries(resources).map(
    ([physicalId, type]): Resource => ({ logicalId: `Logical${physicalId}`, physicalId, type, retained }),
  );
  return { name, stackName: `dynoform-shop-us-east-1-${name}`, stackId: `arn:${name}`, resources: list };
}

const DATA = stack(
  'data',
  {
    thekey: 'AWS::KMS::Key',
    items: 'AWS::DynamoDB::Table',
    blobs: 'AWS::S3::Bucket',
    '/dynoform/shop/api': 'AWS::Logs::LogGroup',
    slugs: 'AWS::ECR::Repository',
    signing: 'AWS::SecretsManager::Secret',
    policy: 'AWS::S3::BucketPolicy',
  },
  true,
);
const NETWORK = stack('network', { 'vpc-1': 'AWS::EC2::VPC', '/dynoform/shop/network': 'AWS::Logs::LogGroup' });

const WHOLE: Found = {
  stacks: [
    stack('observability'),
    stack('services', { 'arn:aws:ecs:us-east-1:123456789012:service/dynos/all': 'AWS::ECS::Service' }),
    stack('control', { tick: 'AWS::Events::Rule', api: 'AWS::Lambda::Function', reconcile: 'AWS::Lambda::Function' }),
    stack('build', { buildpacks: 'AWS::CodeBuild::Project' }),
    stack('capacity', {
      dynos: 'AWS::ECS::Cluster',
      machines: 'AWS::AutoScaling::AutoScalingGroup',
      provider: 'AWS::ECS::CapacityProvider',
    }),
    stack('edge', {
      balancer: 'AWS::ElasticLoadBalancingV2::LoadBalancer',
      https: 'AWS::ElasticLoadBalancingV2::Listener',
      wildcard: 'AWS::CertificateManager::Certificate',
    }),
    NETWORK,
    DATA,
  ],
  certificates: ['arn:certificate/1'],
  families: ['dynoform-shop-dyno-1', 'dynoform-shop-dyno-2'],
  strayLogGroups: ['/aws/lambda/gone'],
  ownLogGroups: ['/dynoform/shop/api', '/dynoform/shop/network', '/dynoform/shop/old'],
};

const BEFORE_DATA = [
  'stop schedule, events and queues: 1 rule, 2 functions',
  'stop router, logs, git and terminals: 1 service',
  'stop builds: 1 project',
  'stop all dynos of the cluster dynos',
  'detach and delete 1 certificate of custom domains',
  'end all machines: 1 group, 1 capacity provider',
  'delete the stack dynoform-shop-us-east-1-observability',
  'delete the stack dynoform-shop-us-east-1-services',
  'delete the stack dynoform-shop-us-east-1-control',
  'delete the stack dynoform-shop-us-east-1-build',
  'stop all dynos of the cluster dynos',
  'delete the stack dynoform-shop-us-east-1-capacity',
  'lift the protection of the load balancer',
  'delete the stack dynoform-shop-us-east-1-edge',
  'wait until nothing has a network interface in vpc-1',
  'delete the stack dynoform-shop-us-east-1-network',
];

test.each<{ name: string; found: Found; data?: boolean; steps: readonly string[]; kept: readonly string[] }>([
  { name: 'nothing is there', found: NOTHING, steps: [], kept: [] },
  {
    name: 'a whole platform without its data: the stack of the data is not touched',
    found: WHOLE,
    steps: [...BEFORE_DATA, "remove dynos' task definitions: 2 apps", 'remove 1 log group: /aws/lambda/gone'],
    kept: [
      expect.stringMatching(/^dynoform-shop-us-east-1-data, .*--data removes it$/),
      expect.stringMatching(/^DNS records/),
    ],
  },
  {
    name: 'with its data: last, and what the stack would leave goes while the stack still names it',
    found: WHOLE,
    data: true,
    steps: [
      ...BEFORE_DATA,
      'empty 1 bucket: blobs',
      'delete permanently: blobs, slugs, items, /dynoform/shop/api, signing, thekey',
      'delete the stack dynoform-shop-us-east-1-data',
      "remove dynos' task definitions: 2 apps",
      'remove 3 log groups: /aws/lambda/gone, /dynoform/shop/network, /dynoform/shop/old',
    ],
    kept: [expect.stringMatching(/^DNS records/), expect.stringMatching(/^the key, /)],
  },
  {
    name: 'killed after the stacks: what the platform made itself is still found',
    found: { ...NOTHING, certificates: ['arn:certificate/1'], families: ['dynoform-shop-dyno-1'] },
    steps: ['detach and delete 1 certificate of custom domains', "remove dynos' task definitions: 1 app"],
    kept: [],
  },
  {
    name: 'killed in the middle: what is gone is not asked for',
    found: { ...NOTHING, stacks: [stack('capacity', { dynos: 'AWS::ECS::Cluster' }), stack('network')] },
    steps: [
      'stop all dynos of the cluster dynos',
      'stop all dynos of the cluster dynos',
      'delete the stack dynoform-shop-us-east-1-capacity',
      'delete the stack dynoform-shop-us-east-1-network',
    ],
    kept: [],
  },
  {
    name: 'data that may go with its stack is emptied before, not removed by hand',
    found: { ...NOTHING, stacks: [stack('data', { blobs: 'AWS::S3::Bucket', items: 'AWS::DynamoDB::Table' })] },
    data: true,
    steps: ['empty 1 bucket: blobs', 'delete the stack dynoform-shop-us-east-1-data'],
    kept: [],
  },
  {
    name: 'the logs of a function of the data stack stay with it',
    found: {
      ...NOTHING,
      stacks: [stack('data', { emptier: 'AWS::Lambda::Function' })],
      strayLogGroups: ['/aws/lambda/emptier'],
    },
    steps: [],
    kept: [expect.stringMatching(/^dynoform-shop-us-east-1-data, /)],
  },
])('$name', ({ found, data = false, steps, kept }) => {
  const planned = plan(found, { data });
  expect(planned.steps.map(stepText)).toEqual(steps);
  expect(planned.kept).toEqual(kept);
});
