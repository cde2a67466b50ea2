import { randomBytes } from 'node:crypto';
import { LocalConfigVault } from '../../adapters/local/config-vault.ts';
import { configVaultContract } from './config-vault.contract.ts';

configVaultContract('AES-256-GCM', () => ({
  vault: new LocalConfigVault(randomBytes(32)),
  otherKey: new LocalConfigVault(randomBytes(32)),
}));
