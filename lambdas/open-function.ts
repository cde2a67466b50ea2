import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { Background } from '../adapters/aws/background.ts';
import { type DynamoStore, openDynamoStore } from '../adapters/aws/dynamo-store.ts';
import { type Environment, readEnvironment } from '../adapters/aws/environment.ts';
import { HttpLogIntake } from '../adapters/aws/http-log-intake.ts';
import { readSigningKey } from '../adapters/aws/signing-key.ts';
import { SqsPassRequests } from '../adapters/aws/sqs-pass-requests.ts';
import type { Reader } from '../adapters/aws/variables.ts';
import { HmacSigner } from '../adapters/hmac-signer.ts';
import { createJsonLog, type JsonLog } from '../adapters/json-log.ts';
import { systemClock, systemIds, systemRandom } from '../adapters/system.ts';
import type { Platform } from '../core/platform.ts';
import type { Signer } from '../core/ports/signer.ts';
import { lazy } from './lazy.ts';
import { nameSourcesInStacks } from './source-stacks.ts';

type FunctionName = Exclude<Reader, 'bootstrap' | 'services'>;

export interface OpenFunction<F extends FunctionName> {
  readonly environment: Environment<F>;
  readonly log: JsonLog;
  readonly background: Background;
  readonly store: DynamoStore;
  readonly signer: Signer;
  readonly sqs: SQSClient;
  /** The function's platform: a part that it was not given throws when it is used. */
  platform(more: Pick<Platform, 'urls'> & Partial<Platform>): Platform;
}

/** What all functions but `bootstrap` share: made once per cold start, for all following invocations. */
export async function openFunction<F extends FunctionName>(name: F): Promise<OpenFunction<F>> {
  const log = openLog(name);
  const environment = readEnvironment(process.env, name);
  const { table, signingSecretArn, nudgeQueueUrl, delayQueueUrl, servicesUrl }: Environment<FunctionName> = environment;
  const [clock, ids, random] = [systemClock, systemIds, systemRandom];
  const background = new Background(log);
  const signer = new HmacSigner(await readSigningKey(new SecretsManagerClient(), signingSecretArn));
  const store = openDynamoStore({ client: new DynamoDBClient(), table, ids, random });
  const sqs = lazy(() => new SQSClient());
  const passRequests = new SqsPassRequests({ client: sqs, nudgeQueueUrl, delayQueueUrl, background, ids, random });
  const logs = new HttpLogIntake({ servicesUrl, signer, clock, random, background });
  return {
    environment,
    log,
    background,
    store,
    signer,
    sqs,
    platform: (more) => ({
      vault: absent('config vault'),
      blobs: absent('blobs'),
      builder: absent('builder'),
      outputs: absent('outputs'),
      routes: absent('routes'),
      problems: log,
      ...{ store, logs, passRequests, signer, clock, ids, random, eventRequests: passRequests.events },
      ...more,
    }),
  };
}

export function openLog(name: string): JsonLog {
  nameSourcesInStacks();
  return createJsonLog({ name, nowMs: systemClock.nowMs, write: (line) => process.stdout.write(line) });
}

/** Fails where it is used, with its name, not as a property of undefined. */
export function absent<T extends object>(what: string): T {
  return new Proxy({} as T, {
    get() {
      throw new Error(`this function has no ${what}`);
    },
  });
}
