import { CodeBuildClient } from '@aws-sdk/client-codebuild';
import { ECSClient } from '@aws-sdk/client-ecs';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { buildChanged } from '../../adapters/aws/codebuild/build-event.ts';
import type { BuildsParts } from '../../adapters/aws/codebuild/builds-parts.ts';
import { ALL_BUILDS, waitingBuilds } from '../../adapters/aws/codebuild/waiting-builds.ts';
import { HttpOutputs } from '../../adapters/aws/http-outputs.ts';
import { KmsConfigVault } from '../../adapters/aws/kms-config-vault.ts';
import { S3Blobs } from '../../adapters/aws/s3-blobs.ts';
import { systemClock as clock, systemIds as ids, systemRandom as random } from '../../adapters/system.ts';
import { completeBuild } from '../../core/build/complete-build.ts';
import { Driver } from '../../core/reconcile/driver.ts';
import { StoredFailures } from '../../core/reconcile/failure-log.ts';
import { encryptionContext } from '../encryption-context.ts';
import { openFunction } from '../open-function.ts';
import { TICK_FINDS_WHAT_IS_DUE } from '../tick-finds.ts';
import { awsUrls } from '../urls.ts';
import { createHandler } from './handler.ts';

const { environment, log, background, store, signer, platform } = await openFunction('builds');
const { keyArn, blobsBucket, servicesUrl, stage, repositoryUri, cacheRepositoryUri, buildProjects } = environment;
const s3 = new S3Client({ requestChecksumCalculation: 'WHEN_REQUIRED' });
const blobs = new S3Blobs({ client: s3, bucket: blobsBucket, signer, clock });
const outputs = new HttpOutputs({ servicesUrl, blobs, signer, clock, random, background });
const vault = new KmsConfigVault({
  client: new KMSClient(),
  keyArn,
  encryptionContext: encryptionContext(stage),
  clock,
});
const ofBuilds = platform({
  blobs,
  outputs,
  vault,
  urls: awsUrls(environment),
});
const parts: BuildsParts = {
  codeBuild: new CodeBuildClient(),
  store,
  vault,
  blobs,
  outputs,
  signer,
  clock,
  settings: { projects: buildProjects, repositoryUri, cacheRepositoryUri, servicesUrl },
  taskDefinitions: { ecs: new ECSClient(), store, ids, settings: environment },
  outcome: (appId, buildId, outcome) => completeBuild(ofBuilds, appId, buildId, outcome),
  problems: log,
};

const driver = new Driver(waitingBuilds(parts), {
  store,
  clock,
  requests: TICK_FINDS_WHAT_IS_DUE,
  // Without the subject: its id stands for all builds, not for an app.
  problems: { report: (problem, cause) => log.report(problem, cause) },
  failures: new StoredFailures({ store, clock }),
});

export const handler = createHandler({
  startWaiting: (deadlineMs) => driver.run(ALL_BUILDS, deadlineMs),
  changed: (detail) => buildChanged(parts, detail),
  nowMs: clock.nowMs,
  problems: log,
  flush: () => background.flush(),
});
