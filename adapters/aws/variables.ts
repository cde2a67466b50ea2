/**
 * Every variable that functions and services on AWS read, in one table. It imports nothing, so that all can read it: the code
 * (environment.ts checks each value by its form), the infrastructure (lib/control gives each reader only its own) and the
 * table in docs/aws.md, which is printed from it. In the environment each name has the prefix `DYNOFORM_`.
 */
export type Reader =
  | 'api'
  | 'reconcile'
  | 'task-events'
  | 'tick'
  | 'builds'
  | 'certificates'
  | 'bootstrap'
  | 'services';

/** The roles that one task of the always-on services may have. */
export const SERVICE_ROLES = ['router', 'logs', 'git', 'rendezvous'] as const;
export type ServiceRole = (typeof SERVICE_ROLES)[number];

/** What a value may be. */
export const FORMS = {
  text: 'text',
  url: 'URL without a slash at its end',
  list: 'values separated by commas',
  roles: 'roles of the services, separated by commas',
  count: 'whole number, at least 1',
  hours: 'whole hours, or `unlimited`',
  capacity: 'JSON: capacity providers by architecture; subnets, security groups and log router of Fargate dynos',
  projects: 'JSON: CodeBuild projects by architecture and kind of build',
} as const;

export interface Variable {
  readonly form: keyof typeof FORMS;
  readonly is: string;
  readonly readBy: readonly Reader[];
  /** What applies without a value; a variable without this is required. */
  readonly absent?: string;
}

/** The readers that `lambdas/open-function.ts` opens. */
const OPENED = ['api', 'reconcile', 'task-events', 'tick', 'builds', 'certificates'] as const;
const DYNOS = ['reconcile', 'builds'] as const;

export const VARIABLES = {
  STAGE: { form: 'text', is: 'name of the stage', readBy: ['api', ...DYNOS, 'certificates'] },
  TABLE: { form: 'text', is: 'DynamoDB table', readBy: [...OPENED, 'bootstrap', 'services'] },
  EVENT_BUS: { form: 'text', is: 'EventBridge bus of app events', readBy: ['reconcile'] },
  BLOBS_BUCKET: { form: 'text', is: 'S3 bucket of blobs', readBy: ['api', ...DYNOS, 'services'] },
  CONFIG_BUCKET: { form: 'text', is: 'S3 bucket of config vars', readBy: DYNOS },
  KEY_ARN: { form: 'text', is: 'KMS key that seals config vars', readBy: ['api', ...DYNOS] },
  SIGNING_SECRET_ARN: { form: 'text', is: 'secret that signs URLs and tokens', readBy: [...OPENED, 'services'] },
  OWNER_SECRET_ARN: { form: 'text', is: "secret for the owner's first token", readBy: ['bootstrap'] },
  NUDGE_QUEUE_URL: { form: 'url', is: 'queue of apps to reconcile now', readBy: [...OPENED, 'services'] },
  DELAY_QUEUE_URL: { form: 'url', is: 'queue of apps to reconcile later', readBy: [...OPENED, 'services'] },
  BUILD_QUEUE_URL: { form: 'url', is: 'queue of builds that wait', readBy: ['api', 'tick'] },
  CERTIFICATE_QUEUE_URL: { form: 'url', is: 'queue of apps with certificates due', readBy: ['reconcile', 'tick'] },
  CLUSTER: { form: 'text', is: 'ECS cluster', readBy: [...DYNOS, 'task-events', 'tick'] },
  EXECUTION_ROLE_ARN: { form: 'text', is: 'role with which ECS starts dynos', readBy: DYNOS },
  CAPACITY: { form: 'capacity', is: 'where dynos run', readBy: DYNOS },
  REPOSITORY_URI: { form: 'text', is: 'ECR repository of slug images', readBy: DYNOS },
  CACHE_REPOSITORY_URI: { form: 'text', is: 'ECR repository of build caches', readBy: ['builds'] },
  BUILD_PROJECTS: { form: 'projects', is: 'what builds', readBy: ['builds'] },
  LISTENER_ARN: { form: 'text', is: 'listener that certificates are attached to', readBy: ['certificates'] },
  API_URL: { form: 'url', is: 'address of the API', readBy: ['api', 'builds', 'services'] },
  SERVICES_URL: { form: 'url', is: 'address of the services', readBy: [...OPENED, 'services'] },
  APPS_DOMAIN: { form: 'text', is: 'domain below which apps are', readBy: OPENED },
  LOG_ADDRESS: { form: 'text', is: '`host:port` to which dynos send their output', readBy: DYNOS },
  ATTACH_ADDRESS: { form: 'text', is: '`host:port` where attached one-off dynos wait', readBy: DYNOS },
  ECO_HOURS: { form: 'hours', is: "of each account's Eco dynos, a month", readBy: ['api', 'reconcile'] },
  RECONCILE_INSTANCES: {
    form: 'count',
    is: "instances of the function that share ECS's call rate",
    readBy: ['reconcile'],
    absent: '10',
  },
  SERVICES: {
    form: 'roles',
    is: 'what of the services a task runs',
    readBy: ['services'],
    absent: SERVICE_ROLES.join(),
  },
  TRUSTED_PROXIES: {
    form: 'list',
    is: 'CIDR blocks whose `X-Forwarded-*` counts',
    readBy: ['services'],
    absent: '',
  },
  DATA_DIRECTORY: {
    form: 'text',
    is: 'directory of history, growing output and repositories',
    readBy: ['services'],
    absent: '/data',
  },
} as const satisfies Readonly<Record<string, Variable>>;

export type VariableName = keyof typeof VARIABLES;
/** The variables that all of these readers read. */
export type ReadBy<R extends Reader> = {
  [N in VariableName]: [R] extends [(typeof VARIABLES)[N]['readBy'][number]] ? N : never;
}[VariableName];

export const variableNames = Object.keys(VARIABLES) as readonly VariableName[];

export const readBy = (reader: Reader): readonly VariableName[] =>
  variableNames.filter((name) => (VARIABLES[name].readBy as readonly Reader[]).includes(reader));

/** The variable's full name in the environment. */
export const inEnvironment = (name: VariableName): string => `DYNOFORM_${name}`;
