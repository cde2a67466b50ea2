import type { ALLOWED, ALLOWED_APART } from './allowed.ts';
import { blob, call, calls, configObject, ofConfig, onCluster, passedTo, type TableCall, via } from './calls.ts';

/** What each role must be refused, whatever else it may do. */

const runTask = call('ecs:RunTask', (at) => at.dynoDefinition, onCluster);
const stopTask = call('ecs:StopTask', (at) => at.task, onCluster);
const register = call('ecs:RegisterTaskDefinition', (at) => at.dynoDefinition);
const startBuild = call('codebuild:StartBuild', (at) => at.project('buildpacksarm64'));
const passRole = call('iam:PassRole', (at) => at.executionRole, passedTo('ecs-tasks.amazonaws.com'));
const request = call('acm:RequestCertificate', '*', (at) => ({
  'acm:ValidationMethod': 'DNS',
  'aws:RequestTag/dynoform:stage': at.stage,
}));
const certificates = [
  request,
  call(
    'acm:DeleteCertificate',
    (at) => at.certificate,
    (at) => ({ 'aws:ResourceTag/dynoform:stage': at.stage }),
  ),
  call('acm:DescribeCertificate', (at) => at.certificate),
  call('elasticloadbalancing:AddListenerCertificates', (at) => at.listener),
];
const seal = call('kms:GenerateDataKey', (at) => at.key, ofConfig);
const open = call('kms:Decrypt', (at) => at.key, ofConfig);
const readConfig = [call('s3:GetObject', configObject), call('kms:Decrypt', (at) => at.key, via('s3'))];
const writeConfig = call('s3:PutObject', configObject);
const signingKey = call('secretsmanager:GetSecretValue', (at) => at.signingSecret);
const ownerToken = calls(['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'], (at) => at.ownerToken);
const blobs = [
  'sources/1.tgz',
  'slugs/1.tgz',
  'builds/1/config',
  'repositories/1.bundle',
  'routes/snapshot.json',
].flatMap((key) => calls(['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], blob(key)));
const readTable = calls(['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem'], (at) => at.table);
const publish = call('events:PutEvents', (at) => at.eventBus);
const send = (name: 'nudge' | 'delay' | 'build' | 'certificate') => call('sqs:SendMessage', (at) => at.queue(name));

/** No role of the deployed platform may make these calls. */
const nobody: readonly TableCall[] = [
  ...calls(
    ['dynamodb:DeleteTable', 'dynamodb:UpdateTable', 'dynamodb:Scan', 'dynamodb:BatchWriteItem'],
    (at) => at.table,
  ),
  ...calls(['s3:DeleteBucket', 's3:PutBucketPolicy', 's3:ListBucketVersions'], (at) => at.blobs),
  ...calls(['s3:DeleteBucket', 's3:PutBucketPolicy', 's3:ListBucket'], (at) => at.config),
  ...calls(['kms:ScheduleKeyDeletion', 'kms:PutKeyPolicy', 'kms:CreateGrant', 'kms:Encrypt'], (at) => at.key),
  // A key of another installation, or of none.
  call(
    'kms:Decrypt',
    (at) => at.key,
    () => ({ 'kms:EncryptionContext:dynoform:stage': 'other' }),
  ),
  ...calls(['secretsmanager:DeleteSecret', 'secretsmanager:PutSecretValue'], (at) => at.signingSecret),
  ...calls(['iam:CreateRole', 'iam:PutRolePolicy'], (at) => at.elsewhere.role),
  call('iam:PassRole', (at) => at.elsewhere.role, passedTo('ecs-tasks.amazonaws.com')),
  call('iam:PassRole', (at) => at.machineRole, passedTo('ecs-tasks.amazonaws.com')),
  call('iam:PassRole', (at) => at.executionRole, passedTo('lambda.amazonaws.com')),
  call('sts:AssumeRole', (at) => at.elsewhere.role),
  call('ecs:DeleteCluster', (at) => at.cluster),
  call('ecs:ExecuteCommand', (at) => at.task, onCluster),
  call(
    'ecs:RunTask',
    (at) => at.dynoDefinition,
    (at) => ({ ...onCluster(at), 'ecs:enable-execute-command': 'true' }),
  ),
  call(
    'ecs:RunTask',
    (at) => at.dynoDefinition,
    (at) => ({ 'ecs:cluster': at.elsewhere.cluster }),
  ),
  call('ecs:RunTask', (at) => at.elsewhere.definition, onCluster),
  call(
    'ecs:StopTask',
    (at) => at.elsewhere.task,
    (at) => ({ 'ecs:cluster': at.elsewhere.cluster }),
  ),
  call(
    'ecs:RegisterTaskDefinition',
    (at) => at.dynoDefinition,
    () => ({ 'ecs:privileged': 'true' }),
  ),
  call('ecs:RegisterTaskDefinition', (at) => at.elsewhere.definition),
  call('codebuild:StartBuild', (at) => at.elsewhere.project),
  call('sqs:SendMessage', (at) => at.elsewhere.queue),
  call('events:PutEvents', (at) => at.elsewhere.eventBus),
  call('acm:RequestCertificate'),
  call('acm:DeleteCertificate', (at) => at.certificate),
  call('ecr:DeleteRepository', (at) => at.slugs),
  call('lambda:UpdateFunctionCode', (at) => at.bootstrapFunction),
];

/** For a role that has nothing to do with config vars. */
const noSecrets = [...readConfig, writeConfig, open, seal, ...ownerToken];
/** For a role that has nothing to do with apps' data. */
const noData = [...readTable, ...blobs, ...noSecrets, signingKey];
const noRunning = [runTask, stopTask, register, startBuild, passRole, ...certificates];

const service = [
  ...nobody,
  ...noRunning,
  ...noSecrets,
  send('build'),
  send('certificate'),
  ...calls(['s3:GetObject', 's3:PutObject'], blob('builds/1/config')),
  ...calls(['s3:GetObject', 's3:PutObject'], blob('slugs/1.tgz')),
  call('s3:DeleteObject', blob('repositories/1.bundle')),
];

const serviceExecution = [
  ...nobody,
  ...noRunning,
  ...noData,
  send('nudge'),
  call('ecr:BatchGetImage', (at) => at.slugs),
];

export const REFUSED_APART: Readonly<Record<keyof typeof ALLOWED_APART, readonly TableCall[]>> = {
  RoutersTaskTask: [
    ...service,
    ...calls(['s3:GetObject', 's3:PutObject'], blob('repositories/1.bundle')),
    ...calls(['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], blob('outputs/1')),
  ],
  OthersTaskTask: [
    ...service,
    ...calls(['s3:GetObject', 's3:PutObject'], blob('routes/snapshot.json')),
    call('dynamodb:Query', (at) => `${at.table}/index/due`),
  ],
  RoutersTaskExecution: serviceExecution,
  OthersTaskExecution: serviceExecution,
  VpcFlowLogIAM: [...nobody, ...noRunning, ...noData, send('nudge')],
};

export const REFUSED: Readonly<Record<keyof typeof ALLOWED, readonly TableCall[]>> = {
  api: [
    ...nobody,
    publish,
    ...noRunning,
    ...readConfig,
    writeConfig,
    ...ownerToken,
    send('certificate'),
    call('s3:DeleteObject', blob('slugs/1.tgz')),
    ...calls(['s3:GetObject', 's3:PutObject'], blob('builds/1/config')),
    ...calls(['s3:GetObject', 's3:PutObject'], blob('repositories/1.bundle')),
    call('s3:PutObject', blob('images/arm64/buildpacks/1.json')),
    call('s3:PutObject', blob('routes/snapshot.json')),
  ],
  reconcile: [
    ...nobody,
    startBuild,
    ...certificates,
    ...readConfig,
    seal,
    ...ownerToken,
    send('build'),
    ...calls(['s3:GetObject', 's3:PutObject'], blob('repositories/1.bundle')),
    ...calls(['s3:GetObject', 's3:DeleteObject'], blob('sources/1.tgz')),
    call('ecs:ListTasks', '*', onCluster),
  ],
  taskevents: [...nobody, publish, ...noRunning, ...blobs, ...noSecrets, send('build')],
  tick: [
    ...nobody,
    publish,
    runTask,
    register,
    passRole,
    startBuild,
    ...certificates,
    ...blobs,
    ...noSecrets,
    call('ecs:ListTasks', '*', (at) => ({ 'ecs:cluster': at.elsewhere.cluster })),
  ],
  builds: [
    ...nobody,
    publish,
    runTask,
    stopTask,
    ...certificates,
    ...readConfig,
    writeConfig,
    seal,
    ...ownerToken,
    send('certificate'),
    ...calls(['s3:PutObject', 's3:DeleteObject'], blob('sources/1.tgz')),
    ...calls(['s3:GetObject', 's3:PutObject'], blob('repositories/1.bundle')),
    call('s3:PutObject', blob('routes/snapshot.json')),
  ],
  certificates: [
    ...nobody,
    runTask,
    stopTask,
    register,
    passRole,
    startBuild,
    ...blobs,
    ...noSecrets,
    send('build'),
    call(
      'acm:DeleteCertificate',
      (at) => at.certificate,
      () => ({ 'aws:ResourceTag/dynoform:stage': 'other' }),
    ),
    call('acm:RequestCertificate', '*', (at) => ({
      'acm:ValidationMethod': 'EMAIL',
      'aws:RequestTag/dynoform:stage': at.stage,
    })),
    call('acm:ExportCertificate', (at) => at.certificate),
    call('elasticloadbalancing:ModifyListener', (at) => at.listener),
  ],
  bootstrap: [
    ...nobody,
    ...noRunning,
    ...blobs,
    ...readConfig,
    writeConfig,
    open,
    seal,
    signingKey,
    send('nudge'),
    send('build'),
  ],
  Provider: [...nobody, ...noRunning, ...noData, send('nudge'), send('build')],
  AllTaskTask: service,
  AllTaskExecution: serviceExecution,
  DynoExecution: [
    ...nobody,
    ...noRunning,
    ...readTable,
    ...blobs,
    writeConfig,
    open,
    seal,
    signingKey,
    ...ownerToken,
    send('nudge'),
    call('ecr:PutImage', (at) => at.slugs),
    call('ecr:BatchGetImage', (at) => at.caches),
  ],
  Machine: [...nobody, ...noRunning, ...noData, send('nudge'), call('ecr:BatchGetImage', (at) => at.slugs)],
  buildpacksarm64: builds(),
  buildpacksamd64: builds(),
  dockerfilearm64: builds(),
  dockerfileamd64: builds(),
};

/** Builds run somebody else's code. */
function builds(): readonly TableCall[] {
  return [
    ...nobody,
    ...noRunning,
    ...noData,
    send('nudge'),
    send('build'),
    ...calls(['ecr:BatchDeleteImage', 'ecr:SetRepositoryPolicy', 'ecr:PutLifecyclePolicy'], (at) => at.slugs),
    call('ec2:DescribeInstances'),
  ];
}
