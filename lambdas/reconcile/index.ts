import { EC2Client } from '@aws-sdk/client-ec2';
import { ECSClient } from '@aws-sdk/client-ecs';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { EcsRuntime } from '../../adapters/aws/ecs-runtime/ecs-runtime.ts';
import { HttpOutputs } from '../../adapters/aws/http-outputs.ts';
import { KmsConfigVault } from '../../adapters/aws/kms-config-vault.ts';
import { S3Blobs } from '../../adapters/aws/s3-blobs.ts';
import { S3Repositories } from '../../adapters/aws/s3-repositories.ts';
import { SqsAppRequests } from '../../adapters/aws/sqs-app-requests.ts';
import { StoredRouteFeed } from '../../adapters/aws/stored-route-feed.ts';
import { systemClock as clock, systemIds as ids, systemRandom as random } from '../../adapters/system.ts';
import { purgeApp } from '../../core/app/delete-app.ts';
import { createDynoManager } from '../../core/dyno-manager/dyno-manager.ts';
import { eventReconciler } from '../../core/event/event-reconciler.ts';
import type { Events } from '../../core/ports/events.ts';
import { Driver } from '../../core/reconcile/driver.ts';
import { StoredFailures } from '../../core/reconcile/failure-log.ts';
import { completeReleasePhase } from '../../core/release/complete-release-phase.ts';
import { encryptionContext } from '../encryption-context.ts';
import { openFunction } from '../open-function.ts';
import { awsUrls } from '../urls.ts';
import { actionRate } from './action-rate.ts';
import { createHandler } from './handler.ts';

const { environment, log, background, store, signer, sqs, platform } = await openFunction('reconcile');
const { keyArn, blobsBucket, servicesUrl, stage, certificateQueueUrl, ecoHours, eventBus } = environment;
const s3 = new S3Client({ requestChecksumCalculation: 'WHEN_REQUIRED' });
const blobs = new S3Blobs({ client: s3, bucket: blobsBucket, signer, clock });
const repositories = new S3Repositories(s3, blobsBucket);
const kms = new KMSClient();

const ofReconcile = platform({
  vault: new KmsConfigVault({ client: kms, keyArn, encryptionContext: encryptionContext(stage), clock }),
  blobs,
  outputs: new HttpOutputs({ servicesUrl, blobs, signer, clock, random, background }),
  routes: new StoredRouteFeed({ store, clock, background }),
  urls: awsUrls(environment),
  ...(ecoHours === undefined ? {} : { ecoHoursPerMonth: ecoHours }),
});
const manager = createDynoManager({
  platform: ofReconcile,
  runtime: new EcsRuntime({
    ecs: new ECSClient(),
    ec2: new EC2Client(),
    s3,
    store,
    signer,
    clock,
    ids,
    settings: environment,
    problems: log,
  }),
  completeReleasePhase,
  purgeApp: async (ofPlatform, appId) => {
    await repositories.remove(appId);
    await purgeApp(ofPlatform, appId);
  },
  certificateRequests: new SqsAppRequests({
    client: sqs,
    queueUrl: certificateQueueUrl,
    background,
    problem: 'could not queue the certificate check; the next tick retries it',
  }),
  actionRate: actionRate(environment.reconcileInstances),
});

const drives = { ...ofReconcile, failures: new StoredFailures(ofReconcile) };
// Loaded at the first event: most passes have none.
const events: Events = {
  publish: async (some) => (await import('../put-events.ts')).put(eventBus, some),
};

export const handler = createHandler({
  drivers: {
    nudge: new Driver(manager.reconciler, { ...drives, requests: ofReconcile.passRequests }),
    events: new Driver(eventReconciler(ofReconcile, events), { ...drives, requests: ofReconcile.eventRequests }),
  },
  manager,
  nowMs: clock.nowMs,
  problems: log,
  flush: () => background.flush(),
});
