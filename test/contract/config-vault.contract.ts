import fc from 'fast-check';
import type { ConfigVault } from '../../core/ports/config-vault.ts';

const REFUSED = /sealed config of app#\d (has an unknown format|cannot be opened)|KMS does not open the data key/;

export function configVaultContract(name: string, open: () => { vault: ConfigVault; otherKey: ConfigVault }): void {
  describe(`${name}: config vault contract`, () => {
    const { vault, otherKey } = open();
    const secret = { DATABASE_URL: 'postgres://user:hunter2@db/app', EMPTY: '', LINES: 'two\nlines', É: '🚀' };

    test('opens what it sealed', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.dictionary(fc.string(), fc.string({ unit: 'grapheme' })),
          fc.string(),
          async (plain, context) => {
            expect(await vault.open(await vault.seal(plain, context), context)).toEqual(plain);
          },
        ),
        { numRuns: 50 },
      );
    });

    test('shows nothing of what it holds, and seals the same differently each time', async () => {
      const sealed = await vault.seal(secret, 'app#1');
      for (const form of [sealed, Buffer.from(sealed, 'base64url').toString('latin1')]) {
        expect(form).not.toContain('hunter2');
        expect(form).not.toContain('DATABASE_URL');
      }
      expect(await vault.seal(secret, 'app#1')).not.toBe(sealed);
    });

    test('refuses another context and another key, and names no value', async () => {
      const sealed = await vault.seal(secret, 'app#1');
      for (const attempt of [() => vault.open(sealed, 'app#2'), () => otherKey.open(sealed, 'app#1')]) {
        const error: unknown = await attempt().catch((reason) => reason);
        expect(error).toMatchObject({ message: expect.stringMatching(REFUSED) });
        expect(String(error)).not.toMatch(/hunter2|DATABASE_URL/);
      }
    });

    test('refuses anything that was changed or cut', async () => {
      const sealed = await vault.seal({ A: '1' }, 'app#1');
      for (let at = 0; at < sealed.length - 1; at++) {
        const other = sealed[at] === 'A' ? 'B' : 'A';
        await expect(vault.open(sealed.slice(0, at) + other + sealed.slice(at + 1), 'app#1')).rejects.toThrow(REFUSED);
        await expect(vault.open(sealed.slice(0, at), 'app#1')).rejects.toThrow(REFUSED);
      }
      await expect(vault.open('', 'app#1')).rejects.toThrow(REFUSED);
    });
  });
}
