import { z } from 'zod';

/**
 * The fields of dynoform.config.ts. Every field has a default, some by profile (`profiles.ts`). An unknown field is refused:
 * a misspelled one would silently mean its default.
 */

const wholeNumber = (min: number, max: number) => z.int().min(min).max(max);

const hostName = z
  .string()
  .max(200)
  .regex(/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}$/, 'must be a domain name in lower case');

const email = z.email();

const machines = z
  .strictObject({
    /** EC2 instance type of this architecture. All machines of a group have one type: see docs/aws.md. */
    instanceType: z.string().regex(/^[a-z][a-z0-9-]*\.[a-z0-9-]+$/, 'must look like m7g.large'),
    /** Machines that always run. 0 costs nothing, but then the first dyno waits minutes for a machine. */
    min: wholeNumber(0, 5_000),
    /** The most machines: this limits what an app can cost you. */
    max: wholeNumber(1, 5_000),
  })
  .partial();

export const stageSchema = z.strictObject({
  /** Part of the names of stacks and logs, and of tags. */
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,15}$/, 'must be 1 to 16 of a-z, 0-9 and -, beginning with a letter')
    .default('production'),
  /** Each region gets a complete platform. */
  regions: z
    .array(z.string().regex(/^[a-z]{2}(?:-[a-z]+)+-\d$/, 'must be a region like eu-central-1'))
    .min(1)
    .default(['us-east-1']),
  /** Twelve digits; default: the account of the deploying credentials. */
  account: z
    .string()
    .regex(/^\d{12}$/, 'must be twelve digits')
    .optional(),
  /** The account that gets the first access token. */
  ownerEmail: email.default('owner@dynoform.localhost'),
  /** `minimal`: at most 40 USD a month while no dyno runs. `resilient`: survives the loss of an availability zone. */
  profile: z.enum(['minimal', 'resilient']).default('minimal'),
  /** Apps are at `<app>.<name>`, the API at `api.<name>`, git, logs and terminals at `services.<name>`. */
  domain: z
    .strictObject({
      name: hostName,
      /**
       * The public Route 53 zone of the name. Without it you make the records yourself, among them the one that validates the
       * certificate, while the first deploy waits for it.
       */
      hostedZoneId: z
        .string()
        .regex(/^Z[A-Z0-9]{1,31}$/, 'must be the id of a hosted zone, like Z0123456789ABCDEFGHIJ')
        .optional(),
    })
    .optional(),
  /**
   * Without a domain there is no certificate: git's tokens and the apps' traffic would cross the internet unencrypted. `true`
   * confirms that you want that, for trying out.
   */
  plainHttp: z.boolean().default(false),
  /** Data, keys, images and logs outlive the stacks, and stacks are protected from deletion. `false` for disposable stages. */
  keepData: z.boolean().default(true),
  /** Availability zones. By profile: 2 or 3. */
  zones: wholeNumber(2, 3).optional(),
  /**
   * NAT gateways: dynos then leave from fixed addresses and have no public ones. 0 (the default of both profiles): public
   * subnets, closed from outside by security groups.
   */
  natGateways: wholeNumber(0, 3).default(0),
  capacity: z
    .strictObject({
      /** Graviton machines for the shared sizes (Eco to Standard-2X); `false`: none. */
      arm64: z.union([machines, z.literal(false)]).default({}),
      /** x86 machines for the shared sizes; `false`: none. */
      amd64: z.union([machines, z.literal(false)]).default({}),
      /** Offer the dedicated sizes (Performance, Private), which run on Fargate and cost nothing while unused. */
      fargate: z.boolean().default(true),
    })
    .prefault({}),
  /** Eco dyno hours per account and month, 1,000 at Heroku; then Eco dynos sleep. Default: no limit. */
  ecoHoursPerMonth: wholeNumber(0, 999_999).optional(),
  /** The always-on tasks: router, logs, git, terminals. */
  services: z
    .strictObject({
      /** Fargate CPU units. By profile: 256 or 512. */
      cpuUnits: z.literal([256, 512, 1024, 2048, 4096]).optional(),
      /** By profile: 512 or 1024; Fargate offers only certain amounts for each CPU size. */
      memoryMiB: wholeNumber(512, 30_720).optional(),
      /** Routers. By profile: 1 or 2. */
      routers: wholeNumber(1, 20).optional(),
    })
    .prefault({}),
  builds: z
    .strictObject({
      /** CodeBuild compute of a build. */
      compute: z.enum(['small', 'medium', 'large', 'xlarge']).default('medium'),
      /** A longer build is ended. */
      timeoutMinutes: wholeNumber(5, 480).default(30),
      /** The Cloud Native Buildpacks builder; it is trusted with the build's push rights. Pin it by digest. */
      builderImage: z.string().min(1).default('docker.io/heroku/builder:24'),
      /** Offer builds from a Dockerfile: a separate project in CodeBuild's privileged mode, with its own role. */
      dockerfiles: z.boolean().default(true),
    })
    .prefault({}),
  /** Days that CloudWatch and access logs are kept. By profile: 14 or 90. */
  logDays: z.literal([1, 3, 5, 7, 14, 30, 60, 90, 180, 365]).optional(),
  features: z
    .strictObject({
      /** CloudWatch dashboard, 3 USD a month after the account's first three. By profile: off or on. */
      dashboard: z.boolean().optional(),
      /** Alarms that only save time, 0.10 USD a month each; paging alarms are always on. By profile: off or on. */
      ticketAlarms: z.boolean().optional(),
      /** Access logs of the load balancer and the buckets. By profile: off or on. */
      accessLogs: z.boolean().optional(),
      /** VPC flow logs. By profile: off or on. */
      flowLogs: z.boolean().optional(),
      /** ECS Container Insights; every dyno's metrics are billed. */
      containerInsights: z.boolean().default(false),
      /**
       * Lambda concurrency reserved for each function. A new account may have a quota of 10 executions, of which nothing can be
       * reserved: ask for 1,000, or set `false`.
       */
      reservedConcurrency: z.boolean().default(true),
    })
    .prefault({}),
  alarms: z
    .strictObject({
      /** Gets alarms that need action at any hour. Confirm the subscription that SNS sends. */
      pageEmail: email.optional(),
      /** Gets alarms for working hours. */
      ticketEmail: email.optional(),
    })
    .prefault({}),
  /** Name of a managed policy in the account that bounds every role that the platform makes. */
  permissionsBoundary: z
    .string()
    .regex(/^[\w+=,.@/-]{1,512}$/, 'must be the name of a managed policy')
    .optional(),
  /** Tags of every resource, in addition to `platform`, `stage` and `cell`. */
  tags: z.record(z.string().min(1).max(128), z.string().max(256)).default({}),
});

export const configSchema = z.strictObject({
  /** Installations: each stage is a separate platform in each of its regions. */
  stages: z.array(stageSchema).min(1),
});

/** The content of dynoform.config.ts: every field may be omitted. */
export type ConfigInput = z.input<typeof configSchema>;
export type StageFields = z.output<typeof stageSchema>;
