/**
 * Resources with a wildcard that roles of the platform may name, and why nothing narrower is possible. cdk-nag reports each
 * (AwsSolutions-IAM5); any other finding fails. Its API acknowledges only exact texts, and these contain generated names.
 */
export const WILDCARDS: readonly { readonly finding: RegExp; readonly at: RegExp; readonly reason: string }[] = [
  {
    finding: /^Resource::\*$/,
    at: /\/capacity\/(DynoExecutionRole|MachineRole)\//,
    reason:
      'ecr:GetAuthorizationToken and ecs:DiscoverPollEndpoint know no resources; ecs:Poll and its like are of instances that do not exist yet, and bound to the cluster by a condition',
  },
  {
    finding: /^Resource::\*$/,
    at: /\/build\/[^/]+\/Role\//,
    reason: 'ecr:GetAuthorizationToken knows no resources',
  },
  {
    finding: /^Resource::\*$/,
    at: /\/services\/\w+Task\/Task\/ExecutionRole\//,
    reason: 'ecr:GetAuthorizationToken knows no resources',
  },
  {
    finding: /^Resource::\*$/,
    at: /\/control\/Functions\/(reconcile|certificates|tick)\//,
    reason:
      'ec2:DescribeInstances and acm:RequestCertificate know no resources, ecs:ListTasks none for a whole cluster; the latter two are bound by conditions',
  },
  {
    finding: /ExportsOutputFnGetAttBucketsConfig\w+\/config\/\*\]?$/,
    at: /\/(capacity\/DynoExecutionRole|control\/Functions\/reconcile)\//,
    reason: 'config objects: one for each app and version',
  },
  {
    finding: /ExportsOutputFnGetAttBucketsBlobs\w+\/(builds|images|outputs|repositories|routes|slugs|sources)\/\*$/,
    at: /\/(control\/Functions\/(api|builds|reconcile)|services\/\w+Task\/TaskRole)\//,
    reason: 'blobs of one kind, whose names are made while the platform runs',
  },
  {
    finding: /:task-definition\/dynoform-[a-z]+-dyno-\*:\*$/,
    at: /\/control\/Functions\/(reconcile|builds)\//,
    reason: 'one family per app, all with the prefix of the stage, and a revision per slug',
  },
  {
    finding: /:(task|container-instance)\/dynoform-[^/]+ExportsOutputRefCluster\w+\/\*$/,
    at: /\/control\/Functions\/(reconcile|tick)\//,
    reason: 'tasks and machines of the one cluster get their ids from ECS',
  },
  {
    finding: /:certificate\/\*$/,
    at: /\/control\/Functions\/certificates\//,
    reason: 'certificates get their ids from ACM, one for each custom domain',
  },
  {
    finding: /^Resource::<FunctionsbootstrapFunction\w+\.Arn>:\*$/,
    at: /\/control\/ProviderRole\//,
    reason: 'the CDK allows its provider any version of the one function that it calls',
  },
];
