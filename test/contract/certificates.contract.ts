import { randomUUID } from 'node:crypto';
import type { Certificates } from '../../core/ports/certificates.ts';

export interface CertificatesUnderTest {
  readonly certificates: Certificates;
  /** A well-formed reference that was never returned. */
  readonly unknownReference: string;
  /** Whether visitors of this name get a certificate for it. */
  serves(hostname: string): Promise<boolean>;
  close(): Promise<void>;
}

/** What every adapter of `Certificates` must do. */
export function certificatesContract(
  name: string,
  open: () => Promise<CertificatesUnderTest>,
  /** False: an emulator that removes a certificate in use. */
  { knowsUse = true }: { readonly knowsUse?: boolean } = {},
): void {
  describe(`certificates: ${name}`, () => {
    let under: CertificatesUnderTest;
    beforeAll(async () => {
      under = await open();
    });
    afterAll(() => under.close());

    const order = (hostname = `${randomUUID()}.example.com`) => ({ certificateId: randomUUID(), hostname });
    const request = async (one: { certificateId: string; hostname: string }) => {
      const requested = await under.certificates.request(one);
      if (!requested.ok) throw new Error(requested.reason);
      return requested.reference;
    };
    const issued = async (reference: string) => {
      for (let round = 0; round < 300; round += 1) {
        const description = await under.certificates.describe(reference);
        if (description.state === 'issued') return description.certificate;
        if (description.state !== 'pending') throw new Error(`it is ${description.state}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      throw new Error('it is still pending');
    };
    const testOfUse = knowsUse ? test : test.skip;

    test.each([{ hostname: 'www.example.com' }, { hostname: '*.example.com' }])(
      '$hostname: from the request to the visitors, and away again',
      async ({ hostname }) => {
        const { certificates } = under;
        const reference = await request(order(hostname));
        const { startsAtMs, expiresAtMs, issuer, subject } = await issued(reference);
        expect(startsAtMs).toBeLessThan(expiresAtMs);
        expect([issuer, subject]).toEqual([expect.any(String), expect.any(String)]);
        expect(await under.serves(hostname)).toBe(false);
        expect(await certificates.attach(reference)).toEqual({ ok: true });
        expect(await under.serves(hostname)).toBe(true);
        expect(await certificates.attach(reference)).toEqual({ ok: true });
        await certificates.detach(reference);
        expect(await under.serves(hostname)).toBe(false);
        await certificates.detach(reference);
        expect(await certificates.remove(reference)).toBe(true);
        expect(await certificates.describe(reference)).toEqual({ state: 'absent' });
        expect(await certificates.remove(reference)).toBe(true);
        await certificates.detach(reference);
      },
    );

    test('the same order answers the same reference, another one does not', async () => {
      const one = order();
      const reference = await request(one);
      expect(await request(one)).toBe(reference);
      expect(await request(order(one.hostname))).not.toBe(reference);
    });

    testOfUse('one that is served is not removed', async () => {
      const one = order();
      const reference = await request(one);
      await issued(reference);
      await under.certificates.attach(reference);
      expect(await under.certificates.remove(reference)).toBe(false);
      expect(await under.serves(one.hostname)).toBe(true);
      expect(await under.certificates.describe(reference)).toMatchObject({ state: 'issued' });
    });

    test('two for one name: the older one leaves, the newer one is served', async () => {
      const hostname = `${randomUUID()}.example.com`;
      const older = await request(order(hostname));
      await issued(older);
      await under.certificates.attach(older);
      const newer = await request(order(hostname));
      await issued(newer);
      await under.certificates.attach(newer);
      await under.certificates.detach(older);
      expect(await under.certificates.remove(older)).toBe(true);
      expect(await under.serves(hostname)).toBe(true);
    });

    test('what nobody knows is absent, detached and removed', async () => {
      const { certificates, unknownReference } = under;
      expect(await certificates.describe(unknownReference)).toEqual({ state: 'absent' });
      await certificates.detach(unknownReference);
      expect(await certificates.remove(unknownReference)).toBe(true);
    });
  });
}
