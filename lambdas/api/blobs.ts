import { S3Client } from '@aws-sdk/client-s3';
import { S3Blobs, type S3BlobsOptions } from '../../adapters/aws/s3-blobs.ts';

export const openBlobs = (options: Omit<S3BlobsOptions, 'client'>): S3Blobs =>
  new S3Blobs({ ...options, client: new S3Client({ requestChecksumCalculation: 'WHEN_REQUIRED' }) });
