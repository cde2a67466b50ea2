import { fileURLToPath } from 'node:url';
import type { Duration } from 'aws-cdk-lib';
import { type PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, type IFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

export interface PlatformFunctionProps {
  /** Folder of `lambdas/` with its `index.ts`. */
  readonly folder: string;
  readonly description: string;
  readonly timeout: Duration;
  readonly memoryMiB: number;
  readonly logs: ILogGroup;
  readonly environment: Readonly<Record<string, string>>;
  readonly may: readonly PolicyStatement[];
  readonly reservedConcurrency?: number | undefined;
  /** For those that events start: where events go that failed each time. */
  readonly failedEvents?: IQueue;
  /** How long, and how often, an event is tried again. */
  readonly eventRetries?: { readonly maxAge: Duration; readonly attempts: 0 | 1 | 2 };
}

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What every function has: its own role, its own log group, one bundle without anything from the runtime but Node. */
export class PlatformFunction extends Construct {
  readonly function: IFunction;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: PlatformFunctionProps) {
    super(scope, id);
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: props.description,
    });
    for (const statement of props.may) this.role.addToPolicy(statement);
    props.logs.grantWrite(this.role);
    this.function = new NodejsFunction(this, 'Function', {
      entry: `${root}lambdas/${props.folder}/index.ts`,
      projectRoot: root,
      depsLockFilePath: `${root}package-lock.json`,
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      timeout: props.timeout,
      memorySize: props.memoryMiB,
      role: this.role,
      logGroup: props.logs,
      environment: { ...props.environment, NODE_OPTIONS: '--enable-source-maps' },
      // With keep-alive the SDK's connections outlive an invocation; without this the CDK adds a variable for SDK 2.
      awsSdkConnectionReuse: false,
      ...(props.reservedConcurrency === undefined ? {} : { reservedConcurrentExecutions: props.reservedConcurrency }),
      ...(props.failedEvents === undefined ? {} : { deadLetterQueue: props.failedEvents }),
      ...(props.eventRetries === undefined
        ? {}
        : { maxEventAge: props.eventRetries.maxAge, retryAttempts: props.eventRetries.attempts }),
      bundling: {
        format: OutputFormat.ESM,
        target: 'node24',
        mainFields: ['module', 'main'],
        minify: true,
        sourceMap: true,
        // Errors need lines, not the whole source again.
        sourcesContent: false,
        bundleAwsSDK: true,
        // Packages in CommonJS call require, which ES modules do not have.
        banner:
          "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
      },
    });
  }
}
