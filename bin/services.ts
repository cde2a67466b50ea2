import { readFile } from 'node:fs/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { Background } from '../adapters/aws/background.ts';
import { openDynamoStore } from '../adapters/aws/dynamo-store.ts';
import { readEnvironment } from '../adapters/aws/environment.ts';
import { S3Blobs } from '../adapters/aws/s3-blobs.ts';
import { S3Repositories } from '../adapters/aws/s3-repositories.ts';
import { readSigningKey } from '../adapters/aws/signing-key.ts';
import { SqsPassRequests } from '../adapters/aws/sqs-pass-requests.ts';
import { HmacSigner } from '../adapters/hmac-signer.ts';
import { createJsonLog } from '../adapters/json-log.ts';
import { systemClock, systemIds, systemRandom } from '../adapters/system.ts';
import { SECOND_MS } from '../core/time.ts';
import { readOptions } from './services/options.ts';
import { startServices } from './services/start-services.ts';

/** Two failed health checks, ten seconds apart, and time for the load balancer to act on them. */
const DRAIN_MS = 25 * SECOND_MS;
/** Longer than the router lets an app be silent; together with the above within ECS's two minutes. */
const GRACE_MS = 60 * SECOND_MS;

const log = createJsonLog({
  name: 'services',
  nowMs: systemClock.nowMs,
  write: (line) => process.stdout.write(line),
});

async function main(): Promise<void> {
  const options = readOptions(process.env);
  const environment = readEnvironment(process.env, 'services');
  const s3 = new S3Client({ requestChecksumCalculation: 'WHEN_REQUIRED' });
  const background = new Background(log);
  const signer = new HmacSigner(await readSigningKey(new SecretsManagerClient(), environment.signingSecretArn));
  const { table, blobsBucket, nudgeQueueUrl, delayQueueUrl, apiUrl, servicesUrl } = environment;
  const random = systemRandom;
  const ids = systemIds;
  const services = await startServices(options, {
    store: openDynamoStore({ client: new DynamoDBClient(), table, ids, random }),
    blobs: new S3Blobs({ client: s3, bucket: blobsBucket, signer, clock: systemClock }),
    repositories: new S3Repositories(s3, blobsBucket),
    signer,
    passRequests: new SqsPassRequests({
      client: new SQSClient(),
      nudgeQueueUrl,
      delayQueueUrl,
      background,
      ids,
      random,
    }),
    background,
    apiUrl,
    servicesUrl,
    ...(await routerCode()),
    problems: log,
  });
  log.note(`serves ${[...options.roles].join(', ')}`, services.ports);
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    services.stop(DRAIN_MS, GRACE_MS).then(() => process.exit(0), fail);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** In the image it lies next to this file. */
async function routerCode(): Promise<{ readonly routerCode?: Uint8Array }> {
  return readFile(new URL('./router-process.mjs', import.meta.url)).then(
    (routerCode) => ({ routerCode }),
    () => ({}),
  );
}

function fail(error: unknown): void {
  log.report('the services ended', error);
  process.exit(1);
}

main().catch(fail);
