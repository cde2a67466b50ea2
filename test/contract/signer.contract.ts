import fc from 'fast-check';
import type { Signer } from '../../core/ports/signer.ts';

export function signerContract(name: string, open: () => { signer: Signer; otherKey: Signer }): void {
  describe(`${name}: signer contract`, () => {
    const { signer, otherKey } = open();
    const expiresAtMs = 2_000;

    test('the payload comes back, whatever it is, and the token needs no escaping in a URL', () => {
      fc.assert(
        fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (payload, purpose) => {
          const token = signer.sign(purpose, payload, expiresAtMs);
          expect(encodeURIComponent(token)).toBe(token);
          expect(signer.verify(purpose, token, expiresAtMs - 1)).toBe(payload);
        }),
      );
    });

    test('not from its expiry on', () => {
      const token = signer.sign('output', 'stream', expiresAtMs);
      expect(signer.verify('output', token, expiresAtMs)).toBeUndefined();
      expect(signer.verify('output', token, Number.MAX_SAFE_INTEGER)).toBeUndefined();
    });

    test('not for another purpose, not by another key', () => {
      const token = signer.sign('blob-GET', 'slugs/1', expiresAtMs);
      for (const purpose of ['blob-PUT', 'blob-GE', 'blob-GETs', 'output', '']) {
        expect(signer.verify(purpose, token, 0)).toBeUndefined();
      }
      expect(otherKey.verify('blob-GET', token, 0)).toBeUndefined();
      expect(signer.verify('blob-GET', otherKey.sign('blob-GET', 'slugs/1', expiresAtMs), 0)).toBeUndefined();
    });

    test('not with any character changed, dropped or added', () => {
      const token = signer.sign('output', 'stream-1', expiresAtMs);
      for (let at = 0; at < token.length; at++) {
        const other = token[at] === 'A' ? 'B' : 'A';
        expect(signer.verify('output', token.slice(0, at) + other + token.slice(at + 1), 0)).toBeUndefined();
        expect(signer.verify('output', token.slice(0, at) + token.slice(at + 1), 0)).toBeUndefined();
        expect(signer.verify('output', `${token.slice(0, at)}A${token.slice(at)}`, 0)).toBeUndefined();
      }
      expect(signer.verify('output', `${token}=`, 0)).toBeUndefined();
    });

    test('not for arbitrary text', () => {
      fc.assert(
        fc.property(fc.string({ unit: 'binary' }), (text) => {
          expect(signer.verify('output', text, 0)).toBeUndefined();
        }),
      );
    });
  });
}
