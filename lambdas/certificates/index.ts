import { ACMClient } from '@aws-sdk/client-acm';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { AcmCertificates } from '../../adapters/aws/certificates/acm-certificates.ts';
import { stepCertificates } from '../../core/domain/certificate-step.ts';
import { openFunction } from '../open-function.ts';
import { awsUrls } from '../urls.ts';
import { createHandler } from './handler.ts';

const { environment, log, settling, platform } = await openFunction('certificates');
const { listenerArn, servicesUrl, stage } = environment;
const ofCertificates = platform({ urls: awsUrls(environment) });
const certificates = new AcmCertificates({
  acm: new ACMClient(),
  balancer: new ElasticLoadBalancingV2Client(),
  listenerArn,
  encrypted: servicesUrl.startsWith('https:'),
  stage,
});
const report = (appId: string, problem: string, error: unknown) => log.problem(problem, error, { appId });

export const handler = createHandler({
  step: (appId, deadlineMs) => stepCertificates({ platform: ofCertificates, certificates, report }, appId, deadlineMs),
  nowMs: ofCertificates.clock.nowMs,
  problem: log.problem,
  settle: () => settling.settle(),
});
