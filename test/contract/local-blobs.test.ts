import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HmacSigner } from '../../adapters/hmac-signer.ts';
import { openLocalBlobs } from '../../adapters/local/blobs.ts';
import { blobsContract } from './blobs.contract.ts';

blobsContract('Files', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'dynoform-blobs-'));
  const signer = new HmacSigner(Buffer.alloc(32));
  const blobs = await openLocalBlobs({ directory, apiUrl: 'http://localhost:5000', signer });
  return {
    blobs,
    stored: async () => {
      const entries = await readdir(directory, { recursive: true, withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
    },
    close: () => rm(directory, { recursive: true }),
  };
});
