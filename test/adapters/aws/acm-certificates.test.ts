import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { ACMClient } from '@aws-sdk/client-acm';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { AcmCertificates } from '../../../adapters/aws/certificates/acm-certificates.ts';

/** AWS's own answers on the wire, for cases that the emulators never produce. */
const ARN = 'arn:aws:acm:us-east-1:123456789012:certificate/0a7dcd1c-6ba6-4a0a-9f6c-0d3b7f3f0c11';
const ORDER = { certificateId: '0a7dcd1c-6ba6-4a0a-9f6c-0d3b7f3f0c11', hostname: '*.example.com' };
const RECORD = { Name: '_a.example.com.', Type: 'CNAME', Value: '_b.acm-validations.aws.' };

let server: Server;
let certificates: AcmCertificates;
let withoutTls: AcmCertificates;
let answer: { status: number; body: string } = { status: 200, body: '{}' };
const requests: { target: string | undefined; body: string }[] = [];

beforeAll(async () => {
  server = createServer(async (request, response) => {
    requests.push({ target: request.headers['x-amz-target'] as string | undefined, body: await text(request) });
    response.writeHead(answer.status).end(answer.body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  };
  const options = {
    acm: new ACMClient(client),
    balancer: new ElasticLoadBalancingV2Client(client),
    listenerArn: 'arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/edge/1/2',
    stage: 'test',
  };
  certificates = new AcmCertificates({ ...options, encrypted: true });
  withoutTls = new AcmCertificates({ ...options, encrypted: false });
});
afterAll(() => server.close());
beforeEach(() => {
  requests.length = 0;
});

const acmSays = (body: unknown) => {
  answer = { status: 200, body: JSON.stringify(body) };
};
const acmFails = (type: string, message = 'why') => {
  answer = { status: 400, body: JSON.stringify({ __type: type, message }) };
};
const balancerFails = (code: string) => {
  answer = {
    status: 400,
    body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>why</Message></Error><RequestId>1</RequestId></ErrorResponse>`,
  };
};

test('one name per certificate, validated by DNS, under a token that ACM takes', async () => {
  acmSays({ CertificateArn: ARN });
  expect(await certificates.request(ORDER)).toEqual({ ok: true, reference: ARN });
  expect(requests[0]?.target).toBe('CertificateManager.RequestCertificate');
  expect(JSON.parse(requests[0]?.body ?? '')).toEqual({
    DomainName: '*.example.com',
    ValidationMethod: 'DNS',
    IdempotencyToken: '0a7dcd1c6ba64a0a9f6c0d3b7f3f0c11',
    Tags: [
      { Key: 'dynoform:stage', Value: 'test' },
      { Key: 'dynoform:certificate', Value: ORDER.certificateId },
    ],
  });
});

test('an installation without TLS asks ACM for nothing, and says why', async () => {
  acmSays({ CertificateArn: ARN });
  const reason = expect.stringContaining('has no TLS');
  expect(await withoutTls.request(ORDER)).toEqual({ ok: false, reason, retry: true });
  expect(requests).toEqual([]);
});

test.each([
  { fails: 'LimitExceededException', says: /limit of certificates: .* quota of ACM certificates/, retry: true },
  { fails: 'InvalidParameterException', says: /refuses this name: why/, retry: false },
  { fails: 'InvalidDomainValidationOptionsException', says: /refuses this name: why/, retry: false },
])('a request that fails with $fails', async ({ fails, says, retry }) => {
  acmFails(fails);
  expect(await certificates.request(ORDER)).toEqual({ ok: false, reason: expect.stringMatching(says), retry });
});

test.each([
  {
    name: 'just requested, no record yet',
    certificate: { Status: 'PENDING_VALIDATION', DomainValidationOptions: [{ DomainName: 'x' }] },
    expected: { state: 'pending', validated: false },
  },
  {
    name: 'seen, not issued',
    certificate: {
      Status: 'PENDING_VALIDATION',
      DomainValidationOptions: [{ DomainName: 'x', ValidationStatus: 'SUCCESS', ResourceRecord: RECORD }],
    },
    expected: {
      state: 'pending',
      validated: true,
      record: { name: RECORD.Name, type: 'CNAME', value: RECORD.Value },
    },
  },
  {
    name: 'issued, and its renewal lacks the record',
    certificate: {
      Status: 'ISSUED',
      Issuer: 'Amazon',
      Subject: 'CN=*.example.com',
      NotBefore: 1_000,
      NotAfter: 2_000,
      DomainValidationOptions: [{ DomainName: 'x', ResourceRecord: RECORD }],
      RenewalSummary: { RenewalStatus: 'PENDING_VALIDATION' },
    },
    expected: {
      state: 'issued',
      certificate: { issuer: 'Amazon', subject: 'CN=*.example.com', startsAtMs: 1_000_000, expiresAtMs: 2_000_000 },
      renewal: { name: RECORD.Name, type: 'CNAME', value: RECORD.Value },
    },
  },
  {
    name: 'forbidden by CAA',
    certificate: { Status: 'FAILED', FailureReason: 'CAA_ERROR' },
    expected: { state: 'failed', reason: expect.stringContaining('amazon.com') },
  },
  {
    name: 'failed for a reason that we do not know',
    certificate: { Status: 'FAILED', FailureReason: 'BRAND_NEW' },
    expected: { state: 'failed', reason: 'AWS reports BRAND_NEW: refresh' },
  },
  {
    name: 'timed out',
    certificate: { Status: 'VALIDATION_TIMED_OUT' },
    expected: { state: 'failed', reason: expect.stringContaining('72 hours') },
  },
  {
    name: 'expired',
    certificate: { Status: 'EXPIRED' },
    expected: { state: 'failed', reason: expect.stringContaining('expired') },
  },
])('described: $name', async ({ certificate, expected }) => {
  acmSays({ Certificate: certificate });
  expect(await certificates.describe(ARN)).toEqual(expected);
});

test('a full listener is a reason that names the quota', async () => {
  balancerFails('TooManyCertificates');
  expect(await certificates.attach(ARN)).toEqual({
    ok: false,
    reason: expect.stringContaining('"Certificates per Application Load Balancer" (25'),
  });
});

test('what is gone is detached and removed, what is in use stays', async () => {
  balancerFails('CertificateNotFound');
  await certificates.detach(ARN);
  acmFails('ResourceNotFoundException');
  expect(await certificates.remove(ARN)).toBe(true);
  expect(await certificates.describe(ARN)).toEqual({ state: 'absent' });
  acmFails('ResourceInUseException');
  expect(await certificates.remove(ARN)).toBe(false);
});

test('throttling is no answer: whoever asked tries again later', async () => {
  acmFails('ThrottlingException', 'Rate exceeded');
  await expect(certificates.request(ORDER)).rejects.toThrow('Rate exceeded');
  await expect(certificates.describe(ARN)).rejects.toThrow('Rate exceeded');
  await expect(certificates.remove(ARN)).rejects.toThrow('Rate exceeded');
  balancerFails('Throttling');
  await expect(certificates.attach(ARN)).rejects.toMatchObject({ name: 'Throttling' });
  await expect(certificates.detach(ARN)).rejects.toMatchObject({ name: 'Throttling' });
});
