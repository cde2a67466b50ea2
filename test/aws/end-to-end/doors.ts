import type { Server } from 'node:http';
import { ACMClient, DescribeCertificateCommand } from '@aws-sdk/client-acm';
import {
  DescribeListenerCertificatesCommand,
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { SERVICE_PORTS } from '../../../adapters/aws/ports.ts';
import type { KeyAndCertificate } from '../../../adapters/local/certificates.ts';
import type { Authority } from './authority.ts';
import { openEdge, type Target } from './edge.ts';
import type { Emulator } from './emulator.ts';
import { DOMAIN } from './stage.config.ts';

/**
 * The account's public entries: the load balancer on ports 80 and 443, with its listener's certificates, and API Gateway's name
 * of the API. run.sh makes these names resolve to here.
 */
export async function openDoors(emulator: Emulator, authority: Authority): Promise<readonly Server[]> {
  const { items } = await emulator.get<{ items: { apiId: string }[] }>('apigateway', '/v2/apis');
  const api = { port: emulator.port, host: `${items[0]?.apiId}.execute-api.localhost:${emulator.port}` };
  const services = { port: SERVICE_PORTS.services };
  const router = { port: SERVICE_PORTS.router };
  const plain = (host: string): Target => (host === `services.${DOMAIN}` ? 'to-https' : router);
  const encrypted = (host: string): Target => {
    if (host === `api.${DOMAIN}`) return api;
    return host === `services.${DOMAIN}` ? services : router;
  };
  const certificateOf = async (name: string): Promise<KeyAndCertificate> => {
    const own = name === '' || name.endsWith(`.${DOMAIN}`) || !(await attachedNames(emulator)).includes(name);
    return authority.issue(own ? `*.${DOMAIN}` : name);
  };
  return [
    await openEdge({ port: 80, targetOf: plain }),
    await openEdge({ port: 443, targetOf: encrypted, certificateOf }),
  ];
}

/** The names of the listener's certificates besides its default one. */
async function attachedNames({ client }: Emulator): Promise<readonly (string | undefined)[]> {
  const balancer = new ElasticLoadBalancingV2Client(client);
  const acm = new ACMClient(client);
  const { LoadBalancers = [] } = await balancer.send(new DescribeLoadBalancersCommand());
  const LoadBalancerArn = LoadBalancers[0]?.LoadBalancerArn;
  const { Listeners = [] } = await balancer.send(new DescribeListenersCommand({ LoadBalancerArn }));
  const ListenerArn = Listeners.find(({ Protocol }) => Protocol === 'HTTPS')?.ListenerArn;
  const { Certificates = [] } = await balancer.send(new DescribeListenerCertificatesCommand({ ListenerArn }));
  return Promise.all(
    Certificates.map(async ({ CertificateArn }) => {
      const { Certificate } = await acm.send(new DescribeCertificateCommand({ CertificateArn }));
      return Certificate?.Status === 'ISSUED' ? Certificate.DomainName : undefined;
    }),
  );
}
