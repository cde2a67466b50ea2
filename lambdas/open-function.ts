import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { type DynamoStore, openDynamoStore } from '../adapters/aws/dynamo-store.ts';
import { type AwsEnvironment, readEnvironment } from '../adapters/aws/environment.ts';
import { HttpLogIntake } from '../adapters/aws/http-log-intake.ts';
import { Settling } from '../adapters/aws/settling.ts';
import { readSigningKey } from '../adapters/aws/signing-key.ts';
import { SqsNudges } from '../adapters/aws/sqs-nudges.ts';
import { HmacSigner } from '../adapters/hmac-signer.ts';
import { createJsonLog, type JsonLog } from '../adapters/json-log.ts';
import { systemClock, systemIds, systemRandom } from '../adapters/system.ts';
import type { Platform } from '../core/platform.ts';
import type { Signer } from '../core/ports.ts';
import { lazy } from './lazy.ts';

const SHARED = [
  'table',
  'signingSecretArn',
  'nudgeQueueUrl',
  'delayQueueUrl',
  'servicesUrl',
  'appsDomain',
] as const satisfies readonly (keyof AwsEnvironment)[];

export interface OpenFunction<K extends keyof AwsEnvironment> {
  readonly environment: Pick<AwsEnvironment, K | (typeof SHARED)[number]>;
  readonly log: JsonLog;
  readonly settling: Settling;
  readonly store: DynamoStore;
  readonly signer: Signer;
  readonly sqs: SQSClient;
  /** The platform as this function has it: what it is not given it may not use, and says so when asked. */
  platform(more: Pick<Platform, 'urls'> & Partial<Platform>): Platform;
}

/** What all functions have but `bootstrap`: made once per cold start, for all invocations that follow. */
export async function openFunction<K extends keyof AwsEnvironment>(
  name: string,
  needs: readonly K[],
): Promise<OpenFunction<K>> {
  const log = openLog(name);
  const environment = readEnvironment(process.env, [...SHARED, ...needs]);
  const { table, signingSecretArn, nudgeQueueUrl, delayQueueUrl, servicesUrl } = environment as Pick<
    AwsEnvironment,
    (typeof SHARED)[number]
  >;
  const [clock, ids, random] = [systemClock, systemIds, systemRandom];
  const settling = new Settling(log.problem);
  const signer = new HmacSigner(await readSigningKey(new SecretsManagerClient(), signingSecretArn));
  const store = openDynamoStore({ client: new DynamoDBClient(), table, ids, random });
  const sqs = lazy(() => new SQSClient());
  const nudges = new SqsNudges({ client: sqs, nudgeQueueUrl, delayQueueUrl, settling, ids, random });
  const logs = new HttpLogIntake({ servicesUrl, signer, clock, random, settling });
  return {
    environment: environment as OpenFunction<K>['environment'],
    log,
    settling,
    store,
    signer,
    sqs,
    platform: (more) => ({
      vault: absent('config vault'),
      blobs: absent('blobs'),
      builder: absent('builder'),
      outputs: absent('outputs'),
      routes: absent('routes'),
      ...{ store, logs, nudges, signer, clock, ids, random },
      ...more,
    }),
  };
}

export function openLog(name: string): JsonLog {
  return createJsonLog({ name, nowMs: systemClock.nowMs, write: (line) => process.stdout.write(line) });
}

/** Fails where it is used, with its name, and not as a property of undefined. */
export function absent<T extends object>(what: string): T {
  return new Proxy({} as T, {
    get() {
      throw new Error(`this function has no ${what}`);
    },
  });
}
