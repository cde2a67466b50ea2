import { DeleteCertificateCommand } from '@aws-sdk/client-acm';
import { DescribeListenersCommand, RemoveListenerCertificatesCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { type Account, isNamed, unlessGone } from '../account.ts';
import type { Say } from '../say.ts';
import { waitFor } from '../wait-for.ts';

/** ACM learns only minutes later that a load balancer no longer uses a certificate. */
const BOUND_MINUTES = 30;

/** Certificates of custom domains: the platform has requested and attached them, so they are in no stack. */
export async function removeCertificates(
  { acm, balancer }: Account,
  { listeners, certificates }: { readonly listeners: readonly string[]; readonly certificates: readonly string[] },
  say: Say,
): Promise<void> {
  for (const ListenerArn of await encrypted(balancer, listeners)) {
    for (const CertificateArn of certificates) {
      const Certificates = [{ CertificateArn }];
      await unlessGone(
        balancer.send(new RemoveListenerCertificatesCommand({ ListenerArn, Certificates })),
        'ListenerNotFoundException',
        'CertificateNotFoundException',
      );
    }
  }
  const left = new Set(certificates);
  await waitFor({
    what: 'certificates to be free',
    boundMinutes: BOUND_MINUTES,
    say,
    next: 'Something outside this platform uses them: AWS Certificate Manager shows what. Remove the certificates there, and run the command again.',
    look: async () => {
      for (const certificate of left) if (await remove(acm, certificate)) left.delete(certificate);
      return left.size === 0 ? undefined : [...left].join(', ');
    },
  });
}

async function remove(acm: Account['acm'], CertificateArn: string): Promise<boolean> {
  try {
    await acm.send(new DeleteCertificateCommand({ CertificateArn }));
    return true;
  } catch (error) {
    if (isNamed(error, 'ResourceInUseException')) return false;
    if (isNamed(error, 'ResourceNotFoundException')) return true;
    throw error;
  }
}

/** A listener without TLS has no certificates, and asking to remove one is an error. */
async function encrypted(balancer: Account['balancer'], listeners: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const arn of listeners) {
    const described = await unlessGone(
      balancer.send(new DescribeListenersCommand({ ListenerArns: [arn] })),
      'ListenerNotFoundException',
    );
    if (described?.Listeners?.[0]?.Protocol === 'HTTPS') found.push(arn);
  }
  return found;
}
