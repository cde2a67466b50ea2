import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { HttpOutputs } from '../../adapters/aws/http-outputs.ts';
import { KmsConfigVault } from '../../adapters/aws/kms-config-vault.ts';
import { QueuedBuilder } from '../../adapters/aws/queued-builder.ts';
import { S3Blobs } from '../../adapters/aws/s3-blobs.ts';
import { systemClock as clock, systemRandom as random } from '../../adapters/system.ts';
import { createApi } from '../../api/kernel/create-api.ts';
import { routes } from '../../api/routes.ts';
import { encryptionContext } from '../encryption-context.ts';
import { lazy } from '../lazy.ts';
import { openFunction } from '../open-function.ts';
import { awsUrls } from '../urls.ts';
import { createHandler } from './handler.ts';

const { environment, log, settling, store, signer, sqs, platform } = await openFunction('api');
const { keyArn, blobsBucket, buildQueueUrl, servicesUrl, stage } = environment;
const s3 = lazy(() => new S3Client({ requestChecksumCalculation: 'WHEN_REQUIRED' }));
const blobs = new S3Blobs({ client: s3, bucket: blobsBucket, signer, clock });
const vault = new KmsConfigVault({
  client: lazy(() => new KMSClient()),
  keyArn,
  encryptionContext: encryptionContext(stage),
  clock,
});

export const handler = createHandler({
  api: createApi({
    platform: platform({
      blobs,
      vault,
      builder: new QueuedBuilder({ store, vault, clock, sqs, buildQueueUrl }),
      outputs: new HttpOutputs({ servicesUrl, blobs, signer, clock, random, settling }),
      urls: awsUrls(environment),
    }),
    routes,
    report: (error, requestId) => log.problem('a request failed', error, { requestId }),
  }),
  settle: () => settling.settle(),
});
