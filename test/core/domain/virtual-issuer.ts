import type { CertificateDescription, Certificates } from '../../../core/ports/certificates.ts';

interface Kept {
  readonly certificateId: string;
  readonly hostname: string;
  state: CertificateDescription;
  attached: boolean;
}

export const RECORD = { name: '_a.example.', type: 'CNAME', value: '_b.acm-validations.aws.' } as const;
export const ISSUED = {
  state: 'issued',
  certificate: { issuer: 'Issuer', subject: 'CN=x', startsAtMs: 0, expiresAtMs: 9_000_000 },
} as const;

/** A certificate authority and an edge in memory that do what they are asked, fail on demand, and remember everything. */
export class VirtualIssuer implements Certificates {
  readonly kept = new Map<string, Kept>();
  readonly calls: string[] = [];
  /** Called before and after each effect; may throw. */
  fault: (call: string, done: boolean) => void = () => {};
  refusal: { readonly reason: string; readonly retry: boolean } | undefined;
  room = Number.POSITIVE_INFINITY;

  request({ certificateId, hostname }: { certificateId: string; hostname: string }) {
    return this.#call('request', async () => {
      if (this.refusal !== undefined) return { ok: false as const, ...this.refusal };
      const reference = `ref-${certificateId}`;
      if (!this.kept.has(reference)) {
        const state = { state: 'pending', record: RECORD, validated: false } as const;
        this.kept.set(reference, { certificateId, hostname, state, attached: false });
      }
      return { ok: true as const, reference };
    });
  }

  describe(reference: string) {
    return this.#call(
      'describe',
      async (): Promise<CertificateDescription> => this.kept.get(reference)?.state ?? { state: 'absent' },
    );
  }

  attach(reference: string) {
    return this.#call('attach', async () => {
      const certificate = this.kept.get(reference);
      if (certificate === undefined) throw new Error('no such certificate');
      if (!certificate.attached && this.#attached() >= this.room) {
        return { ok: false as const, reason: 'The edge is full' };
      }
      certificate.attached = true;
      return { ok: true as const };
    });
  }

  detach(reference: string) {
    return this.#call('detach', async () => {
      const certificate = this.kept.get(reference);
      if (certificate !== undefined) certificate.attached = false;
    });
  }

  remove(reference: string) {
    return this.#call('remove', async () => {
      if (this.kept.get(reference)?.attached) return false;
      this.kept.delete(reference);
      return true;
    });
  }

  all(state: CertificateDescription): void {
    for (const certificate of this.kept.values()) certificate.state = state;
  }

  served(): readonly string[] {
    return [...this.kept.values()].filter(({ attached }) => attached).map(({ hostname }) => hostname);
  }

  #attached(): number {
    return this.served().length;
  }

  async #call<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.calls.push(name);
    this.fault(name, false);
    const result = await work();
    this.fault(name, true);
    return result;
  }
}
