import { randomUUID } from 'node:crypto';
import { ACMClient } from '@aws-sdk/client-acm';
import { DescribeListenerCertificatesCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { AcmCertificates } from '../../../adapters/aws/certificates/acm-certificates.ts';
import { certificatesContract } from '../certificates.contract.ts';
import { clientOf } from './client-of.ts';
import { emulators } from './emulators.ts';
import { createListener } from './listener.ts';

jest.setTimeout(240_000);

async function open() {
  const acm = new ACMClient(clientOf(emulators.moto));
  const { balancer, listenerArn } = await createListener(emulators.moto, acm);
  const certificates = new AcmCertificates({ acm, balancer, listenerArn, encrypted: true, stage: 'test' });
  const attached = async (): Promise<readonly string[]> => {
    const { Certificates = [] } = await balancer.send(
      new DescribeListenerCertificatesCommand({ ListenerArn: listenerArn }),
    );
    return Certificates.flatMap(({ CertificateArn = '', IsDefault }) => (IsDefault === true ? [] : [CertificateArn]));
  };
  return { acm, certificates, attached };
}

const onMoto = async () => {
  const { acm, certificates, attached } = await open();
  const names = new Map<string, string>();
  const request = certificates.request.bind(certificates);
  certificates.request = async (order) => {
    const requested = await request(order);
    if (requested.ok) names.set(requested.reference, order.hostname);
    return requested;
  };
  return {
    certificates,
    unknownReference: `arn:aws:acm:us-east-1:123456789012:certificate/${randomUUID()}`,
    serves: async (hostname: string) => (await attached()).some((arn) => names.get(arn) === hostname),
    close: async () => acm.destroy(),
  };
};
certificatesContract('ACM and a load balancer, on moto', onMoto, { knowsUse: false });

test('until it is issued, the record to create is the one that AWS gives', async () => {
  const { certificates } = await open();
  const requested = await certificates.request({ certificateId: randomUUID(), hostname: 'shop.example.com' });
  if (!requested.ok) throw new Error(requested.reason);
  expect(await certificates.describe(requested.reference)).toEqual({
    state: 'pending',
    validated: false,
    record: {
      name: expect.stringMatching(/^_[0-9a-f]+\.shop\.example\.com\.?$/),
      type: 'CNAME',
      value: expect.stringMatching(/acm-validations\.aws\.?$/),
    },
  });
});
