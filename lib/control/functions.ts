import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { DataStack } from '../data/data-stack.ts';
import { FUNCTION_NAMES, type FunctionDefinition, type FunctionName, TIMEOUTS } from './function-definitions.ts';
import { PlatformFunction } from './platform-function.ts';
import { environment, type Values } from './variables.ts';

export interface FunctionsProps {
  readonly definitions: Readonly<Record<FunctionName, FunctionDefinition>>;
  readonly values: Values;
  readonly data: DataStack;
  readonly failedEvents: IQueue;
  readonly reservedConcurrency: boolean;
}

export class Functions extends Construct {
  readonly #functions: ReadonlyMap<FunctionName, PlatformFunction>;

  constructor(scope: Construct, id: string, props: FunctionsProps) {
    super(scope, id);
    const make = (name: FunctionName): PlatformFunction => {
      const { description, memoryMiB, concurrency, may, retries } = props.definitions[name];
      return new PlatformFunction(this, name, {
        folder: name,
        description,
        timeout: TIMEOUTS[name],
        memoryMiB,
        logs: props.data.logs.of(name),
        environment: environment(props.values, name),
        may: may.flat(),
        ...(props.reservedConcurrency && concurrency !== undefined ? { reservedConcurrency: concurrency } : {}),
        ...(retries === undefined ? {} : { eventRetries: retries, failedEvents: props.failedEvents }),
      });
    };
    this.#functions = new Map(FUNCTION_NAMES.map((name) => [name, make(name)]));
  }

  of(name: FunctionName): PlatformFunction {
    const found = this.#functions.get(name);
    if (found === undefined) throw new Error(`no function ${name}`);
    return found;
  }
}
