import type { Duration } from 'aws-cdk-lib';
import { type PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, type IFunction, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { withFunctionCode } from './function-code.ts';

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
  /** For functions that events start: the queue for events whose every attempt failed. */
  readonly failedEvents?: IQueue;
  /** How long, and how often, an event is retried. */
  readonly eventRetries?: { readonly maxAge: Duration; readonly attempts: 0 | 1 | 2 };
}

/** What every function has: its own role, its own log group, code with all packages. */
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
    this.function = withFunctionCode(
      this,
      props.folder,
      (code) =>
        new LambdaFunction(this, 'Function', {
          code,
          handler: 'index.handler',
          description: props.description,
          runtime: Runtime.NODEJS_24_X,
          architecture: Architecture.ARM_64,
          timeout: props.timeout,
          memorySize: props.memoryMiB,
          role: this.role,
          logGroup: props.logs,
          environment: props.environment,
          ...(props.reservedConcurrency === undefined
            ? {}
            : { reservedConcurrentExecutions: props.reservedConcurrency }),
          ...(props.failedEvents === undefined ? {} : { deadLetterQueue: props.failedEvents }),
          ...(props.eventRetries === undefined
            ? {}
            : { maxEventAge: props.eventRetries.maxAge, retryAttempts: props.eventRetries.attempts }),
        }),
    );
  }
}
