import {
  type ACMClient,
  type CertificateDetail,
  DeleteCertificateCommand,
  DescribeCertificateCommand,
  RequestCertificateCommand,
} from '@aws-sdk/client-acm';
import {
  AddListenerCertificatesCommand,
  type ElasticLoadBalancingV2Client,
  RemoveListenerCertificatesCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type {
  CertificateDescription,
  CertificateRequest,
  Certificates,
  DnsRecord,
} from '../../../core/ports/certificates.ts';
import { EDGE_FULL, NO_ENCRYPTION, NO_MORE_CERTIFICATES, reasonOf } from './reasons.ts';

export interface AcmCertificatesOptions {
  readonly acm: ACMClient;
  readonly balancer: ElasticLoadBalancingV2Client;
  /** The HTTPS listener. Its default certificate is the platform's own and stays. */
  readonly listenerArn: string;
  /** An installation without its own domain has no listener that takes certificates. */
  readonly encrypted: boolean;
  /** A tag on each certificate that shows an operator where it belongs. */
  readonly stage: string;
}

/**
 * One ACM certificate per domain, validated by a DNS record. A certificate for several domains could not be renewed once
 * the owner of one of them removes the record.
 */
export class AcmCertificates implements Certificates {
  readonly #options: AcmCertificatesOptions;

  constructor(options: AcmCertificatesOptions) {
    this.#options = options;
  }

  async request({ certificateId, hostname }: { certificateId: string; hostname: string }): Promise<CertificateRequest> {
    if (!this.#options.encrypted) return { ok: false, reason: NO_ENCRYPTION, retry: true };
    try {
      const { CertificateArn } = await this.#options.acm.send(
        new RequestCertificateCommand({
          DomainName: hostname,
          ValidationMethod: 'DNS',
          // At most 32 letters and digits: a UUID without its dashes. ACM remembers it for an hour.
          IdempotencyToken: certificateId.replaceAll('-', ''),
          Tags: [
            { Key: 'dynoform:stage', Value: this.#options.stage },
            { Key: 'dynoform:certificate', Value: certificateId },
          ],
        }),
      );
      if (CertificateArn === undefined) throw new Error('ACM answered a request without an ARN');
      return { ok: true, reference: CertificateArn };
    } catch (error) {
      if (named(error, 'LimitExceededException')) return { ok: false, reason: NO_MORE_CERTIFICATES, retry: true };
      if (named(error, 'InvalidDomainValidationOptionsException', 'InvalidParameterException', 'ValidationException')) {
        return { ok: false, reason: `AWS refuses this name: ${(error as Error).message}`, retry: false };
      }
      throw error;
    }
  }

  async describe(reference: string): Promise<CertificateDescription> {
    const certificate = await this.#find(reference);
    if (certificate === undefined) return { state: 'absent' };
    const [validation] = certificate.DomainValidationOptions ?? [];
    if (certificate.Status === 'PENDING_VALIDATION') {
      const record = recordOf(validation?.ResourceRecord);
      const validated = validation?.ValidationStatus === 'SUCCESS';
      return { state: 'pending', validated, ...(record === undefined ? {} : { record }) };
    }
    if (certificate.Status !== 'ISSUED') return { state: 'failed', reason: reasonOf(certificate) };
    const { Issuer = '', Subject = '', NotBefore, NotAfter, RenewalSummary } = certificate;
    const times = { startsAtMs: NotBefore?.getTime() ?? 0, expiresAtMs: NotAfter?.getTime() ?? 0 };
    const renewal =
      RenewalSummary?.RenewalStatus === 'PENDING_VALIDATION' ? recordOf(validation?.ResourceRecord) : undefined;
    return {
      state: 'issued',
      certificate: { issuer: Issuer, subject: Subject, ...times },
      ...(renewal === undefined ? {} : { renewal }),
    };
  }

  async attach(reference: string): ReturnType<Certificates['attach']> {
    try {
      await this.#options.balancer.send(new AddListenerCertificatesCommand(this.#onListener(reference)));
      return { ok: true };
    } catch (error) {
      if (named(error, 'TooManyCertificatesException')) return { ok: false, reason: EDGE_FULL };
      throw error;
    }
  }

  async detach(reference: string): Promise<void> {
    try {
      await this.#options.balancer.send(new RemoveListenerCertificatesCommand(this.#onListener(reference)));
    } catch (error) {
      if (!named(error, 'CertificateNotFoundException')) throw error;
    }
  }

  async remove(reference: string): Promise<boolean> {
    try {
      await this.#options.acm.send(new DeleteCertificateCommand({ CertificateArn: reference }));
      return true;
    } catch (error) {
      // The load balancer keeps using it for some minutes after it was removed from the listener.
      if (named(error, 'ResourceInUseException')) return false;
      if (named(error, 'ResourceNotFoundException')) return true;
      throw error;
    }
  }

  async #find(reference: string): Promise<CertificateDetail | undefined> {
    try {
      const described = await this.#options.acm.send(new DescribeCertificateCommand({ CertificateArn: reference }));
      return described.Certificate;
    } catch (error) {
      if (named(error, 'ResourceNotFoundException')) return undefined;
      throw error;
    }
  }

  #onListener(reference: string) {
    return { ListenerArn: this.#options.listenerArn, Certificates: [{ CertificateArn: reference }] };
  }
}

/** By name: the class of an error differs between the two clients, and between their versions. */
function named(error: unknown, ...names: readonly string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}

function recordOf(
  record: { Name?: string | undefined; Value?: string | undefined } | undefined,
): DnsRecord | undefined {
  if (record?.Name === undefined || record.Value === undefined) return undefined;
  return { name: record.Name, type: 'CNAME', value: record.Value };
}
