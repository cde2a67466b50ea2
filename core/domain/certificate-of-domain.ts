import type { Item, Write } from '../ports/store.ts';
import type { App } from '../records/app.ts';
import { type Domain, type DomainCertificate, removalOf } from '../records/domain.ts';
import { SECOND_MS } from '../time.ts';
import type { CertificateParts } from './certificate-parts.ts';
import { afterAttachment, afterDescription, afterFault, afterRefusal, newCertificate } from './certificate-state.ts';

/** The domain was changed meanwhile: try again with its new state. */
const CONFLICT_RECHECK_MS = SECOND_MS;

/** Does what the app's switch requires for one domain, as far as possible now. Returns the time of the next check. */
export async function stepDomain(parts: CertificateParts, app: App, item: Item<Domain>): Promise<number> {
  return new DomainStep(parts, item).run(app);
}

/** Each write names the version of the previous one, so two concurrent runs do not undo each other. */
class DomainStep {
  readonly #parts: CertificateParts;
  #item: Item<Domain>;

  constructor(parts: CertificateParts, item: Item<Domain>) {
    this.#parts = parts;
    this.#item = item;
  }

  async run({ acm }: App): Promise<number> {
    const { certificate } = this.#item.value;
    if (acm?.enabled !== true) {
      if (certificate === undefined) return Number.POSITIVE_INFINITY;
      return this.#drop(certificate);
    }
    const wanted = await this.#wanted(certificate, acm.refreshes);
    if (wanted === undefined) return this.#again();
    const { lookAtMs = Number.POSITIVE_INFINITY } = wanted;
    if (lookAtMs > this.#nowMs()) return lookAtMs;
    let after: DomainCertificate | undefined;
    try {
      after = await this.#look(wanted);
    } catch (error) {
      const { appId, hostname, certificate: known = wanted } = this.#item.value;
      this.#parts.platform.problems.report(`could not check the certificate of ${hostname}`, error, { appId });
      after = await this.#save(afterFault(known, this.#nowMs()));
    }
    return after === undefined ? this.#again() : (after.lookAtMs ?? Number.POSITIVE_INFINITY);
  }

  /** The certificate to continue with: a new one, another attempt, or the existing one. */
  async #wanted(certificate: DomainCertificate | undefined, refreshes: number): Promise<DomainCertificate | undefined> {
    if (certificate === undefined) return this.#save(this.#new(refreshes));
    if (certificate.refreshes >= refreshes) return certificate;
    if (certificate.status === 'failed') return this.#replace(certificate, refreshes);
    return this.#save({ ...certificate, refreshes, lookAtMs: this.#nowMs() });
  }

  async #look(wanted: DomainCertificate): Promise<DomainCertificate | undefined> {
    const { certificates } = this.#parts;
    const { hostname } = this.#item.value;
    let certificate = wanted;
    if (certificate.reference === undefined) {
      const requested = await certificates.request({ certificateId: certificate.id, hostname });
      if (!requested.ok) return this.#save(afterRefusal(certificate, requested, this.#nowMs()));
      const saved = await this.#save({ ...certificate, reference: requested.reference });
      if (saved === undefined) return undefined;
      certificate = saved;
    }
    const { reference = '' } = certificate;
    const description = await certificates.describe(reference);
    if (description.state === 'issued') {
      const attached = await certificates.attach(reference);
      return this.#save(afterAttachment(certificate, description, attached, this.#nowMs()));
    }
    const after = afterDescription(certificate, description, this.#nowMs());
    return after === 'gone' ? this.#replace(certificate, certificate.refreshes) : this.#save(after);
  }

  async #replace(certificate: DomainCertificate, refreshes: number): Promise<DomainCertificate | undefined> {
    return this.#save(this.#new(refreshes), [removalOf(this.#item.value, certificate, this.#nowMs())]);
  }

  async #drop(certificate: DomainCertificate): Promise<number> {
    const { certificate: _, ...rest } = this.#item.value;
    const nowMs = this.#nowMs();
    const saved = await this.#write({ ...rest, updatedAtMs: nowMs }, [removalOf(this.#item.value, certificate, nowMs)]);
    return saved ? Number.POSITIVE_INFINITY : this.#again();
  }

  #new(refreshes: number): DomainCertificate {
    return newCertificate(this.#parts.platform.ids.uuid(), refreshes, this.#nowMs());
  }

  async #save(certificate: DomainCertificate, more: readonly Write[] = []): Promise<DomainCertificate | undefined> {
    const before = this.#item.value;
    const told = before.certificate?.status !== certificate.status || before.certificate?.reason !== certificate.reason;
    const domain = { ...before, certificate, ...(told ? { updatedAtMs: this.#nowMs() } : {}) };
    return (await this.#write(domain, more)) ? certificate : undefined;
  }

  async #write(value: Domain, more: readonly Write[]): Promise<boolean> {
    const { partition, sort, version } = this.#item;
    const written = await this.#parts.platform.store.transact([
      { kind: 'put', key: { partition, sort }, value, expect: version },
      ...more,
    ]);
    if (written.ok) this.#item = { ...this.#item, version: version + 1, value };
    return written.ok;
  }

  #nowMs(): number {
    return this.#parts.platform.clock.nowMs();
  }

  #again(): number {
    return this.#nowMs() + CONFLICT_RECHECK_MS;
  }
}
