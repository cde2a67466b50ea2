import { ACMClient } from '@aws-sdk/client-acm';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { SQSEvent } from 'aws-lambda';
import { AcmCertificates } from '../../../adapters/aws/certificates/acm-certificates.ts';
import { certificateReconciler } from '../../../core/domain/certificate-reconciler.ts';
import { Driver } from '../../../core/reconcile/driver.ts';
import { StoredFailures } from '../../../core/reconcile/failure-log.ts';
import { appKey, managerKey } from '../../../core/records/app.ts';
import { createHandler } from '../../../lambdas/certificates/handler.ts';
import { AwsError, AwsServer } from '../../adapters/aws/aws-server.ts';
import { type ApiFixture, openApiFixture, type Principal } from '../../api/api-fixture.ts';
import { problemsTo } from '../../problems.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ARN = 'arn:aws:acm:us-east-1:111122223333:certificate/0a7dcd1c-6ba6-4a0a-9f6c-0d3b7f3f0c11';
const ResourceRecord = { Name: '_a.www.example.com.', Type: 'CNAME', Value: '_b.acm-validations.aws.' };
const TELLS = 'Create the DNS record _a.www.example.com. CNAME _b.acm-validations.aws.';

let fixture: ApiFixture;
let me: Principal;
let aws: AwsServer;
let appId: string;
let handle: ReturnType<typeof createHandler>;
const problems: string[] = [];

const call = (method: string, path: string, body?: unknown) =>
  fixture.request(method, path, { token: me.token, ...(body === undefined ? {} : { body }) });
const domain = async () => (await call('GET', '/apps/shop/domains/www.example.com')).body;
const acmSays = (certificate: object) => {
  aws.answers.DescribeCertificate = () => ({ Certificate: { CertificateArn: ARN, ...certificate } });
};

/** A pass of the function as the tick every minute causes it. */
async function look(afterMs: number): Promise<void> {
  fixture.clock.advance(afterMs);
  const Records = [{ messageId: '1', body: JSON.stringify({ appId }) }];
  const answer = await handle({ Records } as unknown as SQSEvent, { getRemainingTimeInMillis: () => 60_000 });
  expect(answer).toEqual({ batchItemFailures: [] });
}

beforeEach(async () => {
  problems.length = 0;
  fixture = await openApiFixture();
  aws = await AwsServer.open();
  me = await fixture.principal('me@example.com');
  aws.answers = {
    RequestCertificate: () => ({ CertificateArn: ARN }),
    AddListenerCertificates: () => '<AddListenerCertificatesResponse/>',
  };
  const platform = { ...fixture.platform, problems: problemsTo(problems) };
  const certificates = new AcmCertificates({
    acm: new ACMClient(aws.client),
    balancer: new ElasticLoadBalancingV2Client(aws.client),
    listenerArn: 'arn:aws:elasticloadbalancing:us-east-1:111122223333:listener/app/edge/1/2',
    encrypted: true,
    stage: 'test',
  });
  handle = createHandler({
    driver: new Driver(certificateReconciler({ platform, certificates }), {
      ...platform,
      requests: { enqueue: () => undefined },
      failures: new StoredFailures(platform),
    }),
    nowMs: platform.clock.nowMs,
    problems: platform.problems,
    flush: async () => undefined,
  });
  appId = (await call('POST', '/apps', { name: 'shop' })).body.id;
  await call('POST', '/apps/shop/domains', { hostname: 'www.example.com', sni_endpoint: null });
  await call('POST', '/apps/shop/acm', {});
  // The routers have got its routes.
  const routedAppVersion = (await platform.store.get(appKey(appId)))?.version;
  const value = { appId, dirty: false, routedAppVersion };
  await platform.store.transact([{ kind: 'put', key: managerKey(appId), value, expect: 'any' }]);
});
afterEach(() => {
  aws.close();
  fixture.close();
});

test('a validation record that is missing is asked for, fails with its reason, and is found whenever it comes', async () => {
  acmSays({
    Status: 'PENDING_VALIDATION',
    DomainValidationOptions: [
      { DomainName: 'www.example.com', ValidationStatus: 'PENDING_VALIDATION', ResourceRecord },
    ],
  });
  await look(0);
  await look(MINUTE);
  expect(await domain()).toMatchObject({ acm_status: 'pending', acm_status_reason: TELLS });
  await look(2 * HOUR);
  expect(await domain()).toMatchObject({ acm_status: 'failing', acm_status_reason: TELLS });
  acmSays({ Status: 'ISSUED', Issuer: 'Amazon', Subject: 'CN=www.example.com', NotBefore: 1, NotAfter: 9_999_999_999 });
  await look(HOUR);
  expect(await domain()).toMatchObject({ acm_status: 'cert issued', acm_status_reason: null });
  expect(aws.inputs('AddListenerCertificates')).toHaveLength(1);
  expect(problems).toEqual([]);
});

test('one that never came within ACM’s 72 hours has failed, with what to do now', async () => {
  acmSays({ Status: 'VALIDATION_TIMED_OUT', FailureReason: 'DOMAIN_NOT_ALLOWED' });
  await look(0);
  await look(72 * HOUR);
  const { acm_status, acm_status_reason } = await domain();
  expect(acm_status).toBe('failed');
  expect(acm_status_reason).toMatch(/72 hours/);
});

test('ACM that throttles for an hour leaves the status as it was and is asked less often', async () => {
  acmSays({
    Status: 'PENDING_VALIDATION',
    DomainValidationOptions: [{ DomainName: 'www.example.com', ResourceRecord }],
  });
  await look(0);
  await look(MINUTE);
  aws.answers.DescribeCertificate = () => {
    throw new AwsError('ThrottlingException', 'Rate exceeded');
  };
  aws.calls.length = 0;
  for (let minute = 0; minute < 60; minute += 1) await look(MINUTE);
  expect(await domain()).toMatchObject({ acm_status: 'pending', acm_status_reason: TELLS });
  expect(aws.calls.length).toBeGreaterThan(1);
  expect(aws.calls.length).toBeLessThan(15);
});
