import { KMSClient } from '@aws-sdk/client-kms';
import { KmsConfigVault, type KmsConfigVaultOptions } from '../../adapters/aws/kms-config-vault.ts';

export const openConfigVault = (options: Omit<KmsConfigVaultOptions, 'client'>): KmsConfigVault =>
  new KmsConfigVault({ ...options, client: new KMSClient() });
