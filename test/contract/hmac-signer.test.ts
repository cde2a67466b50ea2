import { randomBytes } from 'node:crypto';
import { HmacSigner } from '../../adapters/hmac-signer.ts';
import { signerContract } from './signer.contract.ts';

signerContract('HMAC', () => ({ signer: new HmacSigner(randomBytes(32)), otherKey: new HmacSigner(randomBytes(32)) }));
