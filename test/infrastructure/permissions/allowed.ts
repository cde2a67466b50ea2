import { blob, call, calls, configObject, ofConfig, onCluster, passedTo, type TableCall, via } from './calls.ts';

/** The AWS calls that each role needs, by name; `test/aws/recorded` shows which of them a session really makes. */

const items = (...actions: readonly string[]) =>
  calls(
    actions.map((action) => `dynamodb:${action}`),
    ({ table }) => table,
  );
/** The store is one port: its adapter decides which of these a write becomes. */
const table = items('ConditionCheckItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem');
const due = call('dynamodb:Query', (at) => `${at.table}/index/due`);
const signingKey = [
  call('secretsmanager:GetSecretValue', (at) => at.signingSecret),
  call('kms:Decrypt', (at) => at.key, via('secretsmanager')),
];
const send = (name: 'nudge' | 'delay' | 'build' | 'certificate') => call('sqs:SendMessage', (at) => at.queue(name));
const nudges = [send('nudge'), send('delay')];
const publish = call('events:PutEvents', (at) => at.eventBus);
const logsTo = (writer: string) => calls(['logs:CreateLogStream', 'logs:PutLogEvents'], (at) => at.log(writer));
/** Lambda itself, in the function's name: reads from queues, and writes failed events. */
const takes = (name: 'nudge' | 'delay' | 'build' | 'certificate') =>
  calls(['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'], (at) =>
    at.queue(name),
  );
const failedEvents = call('sqs:SendMessage', (at) => at.failedEvents);
const open = call('kms:Decrypt', (at) => at.key, ofConfig);
const lookForBlobs = call('s3:ListBucket', (at) => at.blobs);
const register = [
  call(
    'ecs:RegisterTaskDefinition',
    (at) => at.dynoDefinition,
    () => ({ 'ecs:privileged': 'false' }),
  ),
  call('iam:PassRole', (at) => at.executionRole, passedTo('ecs-tasks.amazonaws.com')),
];
const stop = call('ecs:StopTask', (at) => at.task, onCluster);
const describe = call('ecs:DescribeTasks', (at) => at.task, onCluster);
const pull = (repository: 'slugs' | 'caches' | 'assets') =>
  calls(['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'], (at) => at[repository]);
const push = (repository: 'slugs' | 'caches') => [
  ...pull(repository),
  ...calls(
    ['ecr:CompleteLayerUpload', 'ecr:InitiateLayerUpload', 'ecr:PutImage', 'ecr:UploadLayerPart'],
    (at) => at[repository],
  ),
];
const login = call('ecr:GetAuthorizationToken');
const build = [login, ...push('slugs'), ...push('caches'), ...logsTo('codebuild')];

const service = [...table, ...signingKey, ...nudges, lookForBlobs];
const keep = (key: string) => calls(['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject'], blob(key));
const routers = [...service, due, ...keep('routes/snapshot.json')];
const others = [
  ...service,
  ...keep('repositories/1.bundle'),
  ...keep('outputs/1.part'),
  call('s3:DeleteObject', blob('outputs/1.part')),
];

/** ECS, to start a task of the services. */
const serviceExecution = [login, ...pull('assets'), ...logsTo('services')];

/** Roles of the resilient profile, in addition to those below. */
export const ALLOWED_APART = {
  RoutersTaskTask: routers,
  OthersTaskTask: others,
  RoutersTaskExecution: serviceExecution,
  OthersTaskExecution: serviceExecution,
  VpcFlowLogIAM: calls(['logs:CreateLogStream', 'logs:PutLogEvents'], (at) => at.flowLog),
};

export const ALLOWED = {
  api: [
    ...table,
    ...signingKey,
    ...nudges,
    send('build'),
    call('kms:GenerateDataKey', (at) => at.key, ofConfig),
    open,
    // Uploads and downloads through URLs, and whether there was one.
    ...['slugs/1.tgz', 'sources/1.tgz'].flatMap((key) => calls(['s3:GetObject', 's3:PutObject'], blob(key))),
    call('s3:GetObject', blob('images/arm64/buildpacks/1.json')),
    lookForBlobs,
    ...logsTo('api'),
  ],
  reconcile: [
    publish,
    ...table,
    ...signingKey,
    ...nudges,
    send('certificate'),
    ...takes('nudge'),
    ...takes('delay'),
    open,
    call('s3:PutObject', configObject),
    call('kms:GenerateDataKey', (at) => at.key, via('s3')),
    call(
      'ecs:RunTask',
      (at) => at.dynoDefinition,
      (at) => ({ ...onCluster(at), 'ecs:enable-execute-command': 'false' }),
    ),
    ...register,
    stop,
    describe,
    call('ecs:DescribeContainerInstances', (at) => at.machine, onCluster),
    call('ec2:DescribeInstances'),
    ...['outputs/1', 'repositories/1.bundle', 'slugs/1.tgz'].map((key) => call('s3:DeleteObject', blob(key))),
    ...logsTo('reconcile'),
  ],
  taskevents: [...table, ...signingKey, ...nudges, failedEvents, ...logsTo('taskevents')],
  tick: [
    ...table,
    due,
    ...signingKey,
    ...nudges,
    send('build'),
    send('certificate'),
    call('ecs:ListTasks', '*', onCluster),
    describe,
    stop,
    failedEvents,
    ...logsTo('tick'),
  ],
  builds: [
    ...table,
    ...signingKey,
    ...nudges,
    ...takes('build'),
    open,
    ...(['buildpacksarm64', 'buildpacksamd64', 'dockerfilearm64', 'dockerfileamd64'] as const).flatMap((name) =>
      calls(['codebuild:StartBuild', 'codebuild:StopBuild'], (at) => at.project(name)),
    ),
    ...register,
    ...calls(['s3:AbortMultipartUpload', 's3:DeleteObject', 's3:GetObject', 's3:PutObject'], blob('builds/1/config')),
    ...calls(['s3:AbortMultipartUpload', 's3:PutObject'], blob('images/arm64/buildpacks/1.json')),
    // The build gets a URL of it.
    call('s3:GetObject', blob('sources/1.tgz')),
    lookForBlobs,
    failedEvents,
    ...logsTo('builds'),
  ],
  certificates: [
    ...table,
    ...signingKey,
    ...nudges,
    ...takes('certificate'),
    call('acm:RequestCertificate', '*', (at) => ({
      'acm:ValidationMethod': 'DNS',
      'aws:RequestTag/dynoform:stage': at.stage,
    })),
    call(
      'acm:AddTagsToCertificate',
      (at) => at.certificate,
      (at) => ({ 'aws:RequestTag/dynoform:stage': at.stage }),
    ),
    call('acm:DescribeCertificate', (at) => at.certificate),
    call(
      'acm:DeleteCertificate',
      (at) => at.certificate,
      (at) => ({ 'aws:ResourceTag/dynoform:stage': at.stage }),
    ),
    ...calls(
      ['elasticloadbalancing:AddListenerCertificates', 'elasticloadbalancing:RemoveListenerCertificates'],
      (at) => at.listener,
    ),
    ...logsTo('certificates'),
  ],
  bootstrap: [
    ...table,
    ...calls(['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'], (at) => at.ownerToken),
    ...calls(['kms:Decrypt', 'kms:GenerateDataKey'], (at) => at.key, via('secretsmanager')),
    ...logsTo('bootstrap'),
  ],
  /** The CDK's provider between CloudFormation and bootstrap; it asks whether the function is ready, if it was not. */
  Provider: [
    ...calls(['lambda:GetFunction', 'lambda:InvokeFunction'], (at) => at.bootstrapFunction),
    ...logsTo('bootstrap'),
  ],
  AllTaskTask: [...routers, ...others],
  AllTaskExecution: serviceExecution,
  /** ECS, to start a dyno. */
  DynoExecution: [
    login,
    ...pull('slugs'),
    call('s3:GetBucketLocation', (at) => at.config),
    call('s3:GetObject', configObject),
    call('kms:Decrypt', (at) => at.key, via('s3')),
  ],
  /** A machine's ECS agent. */
  Machine: [
    call('ecs:DiscoverPollEndpoint'),
    ...calls(
      ['ecs:Poll', 'ecs:StartTelemetrySession', 'ecs:UpdateContainerInstancesState'],
      (at) => at.machine,
      onCluster,
    ),
    ...calls(
      [
        'ecs:DeregisterContainerInstance',
        'ecs:RegisterContainerInstance',
        'ecs:SubmitAttachmentStateChanges',
        'ecs:SubmitContainerStateChange',
        'ecs:SubmitTaskStateChange',
      ],
      (at) => at.cluster,
    ),
  ],
  buildpacksarm64: build,
  buildpacksamd64: build,
  dockerfilearm64: build,
  dockerfileamd64: build,
} as const satisfies Readonly<Record<string, readonly TableCall[]>>;
