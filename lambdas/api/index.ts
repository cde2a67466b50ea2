import { HttpOutputs } from '../../adapters/aws/http-outputs.ts';
import { QueuedBuilder } from '../../adapters/aws/queued-builder.ts';
import { systemClock as clock, systemRandom as random } from '../../adapters/system.ts';
import { createApi } from '../../api/kernel/create-api.ts';
import { routes } from '../../api/routes.ts';
import type { Blobs } from '../../core/ports/blobs.ts';
import type { ConfigVault } from '../../core/ports/config-vault.ts';
import { encryptionContext } from '../encryption-context.ts';
import { lazyPort } from '../lazy.ts';
import { openFunction } from '../open-function.ts';
import { awsUrls } from '../urls.ts';
import { createHandler } from './handler.ts';
import { LightResponse } from './light-http.ts';

const { environment, log, background, store, signer, sqs, platform } = await openFunction('api');
const { keyArn, blobsBucket, buildQueueUrl, servicesUrl, stage, ecoHours } = environment;
// Most requests need neither: their SDKs are half of the code.
const blobs = lazyPort<Blobs>(async () => {
  const { openBlobs } = await import('./blobs.ts');
  return openBlobs({ bucket: blobsBucket, signer, clock });
});
const vault = lazyPort<ConfigVault>(async () => {
  const { openConfigVault } = await import('./config-vault.ts');
  return openConfigVault({ keyArn, encryptionContext: encryptionContext(stage), clock });
});

export const handler = createHandler({
  api: createApi({
    platform: platform({
      blobs,
      vault,
      builder: new QueuedBuilder({ store, vault, clock, sqs, buildQueueUrl, problems: log }),
      outputs: new HttpOutputs({ servicesUrl, blobs, signer, clock, random, background }),
      urls: awsUrls(environment),
      ...(ecoHours === undefined ? {} : { ecoHoursPerMonth: ecoHours }),
    }),
    routes,
    respond: (body, init) => new LightResponse(body, init) as unknown as Response,
  }),
  flush: () => background.flush(),
});
