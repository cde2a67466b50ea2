import { ACMClient } from '@aws-sdk/client-acm';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { AcmCertificates } from '../../adapters/aws/certificates/acm-certificates.ts';
import { certificateReconciler } from '../../core/domain/certificate-reconciler.ts';
import { Driver } from '../../core/reconcile/driver.ts';
import { StoredFailures } from '../../core/reconcile/failure-log.ts';
import { openFunction } from '../open-function.ts';
import { TICK_FINDS_WHAT_IS_DUE } from '../tick-finds.ts';
import { awsUrls } from '../urls.ts';
import { createHandler } from './handler.ts';

const { environment, log, background, platform } = await openFunction('certificates');
const { listenerArn, servicesUrl, stage } = environment;
const ofCertificates = platform({ urls: awsUrls(environment) });
const certificates = new AcmCertificates({
  acm: new ACMClient(),
  balancer: new ElasticLoadBalancingV2Client(),
  listenerArn,
  encrypted: servicesUrl.startsWith('https:'),
  stage,
});

const driver = new Driver(certificateReconciler({ platform: ofCertificates, certificates }), {
  ...ofCertificates,
  requests: TICK_FINDS_WHAT_IS_DUE,
  failures: new StoredFailures(ofCertificates),
});

export const handler = createHandler({
  driver,
  nowMs: ofCertificates.clock.nowMs,
  problems: log,
  flush: () => background.flush(),
});
