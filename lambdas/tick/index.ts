import { ECSClient } from '@aws-sdk/client-ecs';
import { stopOrphans } from '../../adapters/aws/ecs-runtime/list-orphans.ts';
import { systemClock as clock } from '../../adapters/system.ts';
import { openFunction } from '../open-function.ts';
import { awsUrls } from '../urls.ts';
import { createHandler } from './handler.ts';
import { tickParts } from './parts.ts';

const { environment, log, background, store, sqs, platform } = await openFunction('tick');
const { cluster, buildQueueUrl, certificateQueueUrl } = environment;
const ecs = new ECSClient();
const ofTick = platform({ urls: awsUrls(environment) });

export const handler = createHandler({
  parts: tickParts({
    platform: ofTick,
    sqs,
    buildQueueUrl,
    certificateQueueUrl,
    stopOrphans: () => stopOrphans({ ecs, store, clock, cluster }),
  }),
  nowMs: clock.nowMs,
  problems: log,
  flush: () => background.flush(),
});
