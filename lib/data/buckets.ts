import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type BucketProps,
  type IBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import type { StageConfig } from '../config/config.ts';
import type { Retention } from './retention.ts';

export interface BucketsProps {
  readonly stage: StageConfig;
  readonly key: IKey;
  readonly retention: Retention;
}

export class Buckets extends Construct {
  /** Sources, build results, stored log lines, git repositories. */
  readonly blobs: IBucket;
  /** One object per app and config version, which ECS gives to the app's dynos. */
  readonly config: IBucket;
  /** Access logs of the load balancer and of the other buckets; absent when the feature is off. */
  readonly accessLogs: IBucket | undefined;

  constructor(scope: Construct, id: string, { stage, key, retention }: BucketsProps) {
    super(scope, id);
    const common = {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      removalPolicy: retention.removalPolicy,
      autoDeleteObjects: retention.emptyOnDelete,
    } satisfies BucketProps;
    const abandonedUploads = { abortIncompleteMultipartUploadAfter: Duration.days(1) };

    if (stage.features.accessLogs) {
      // The load balancer writes only to buckets under S3's own key (Elastic Load Balancing, "Access logs").
      const accessLogs = new Bucket(this, 'AccessLogs', {
        ...common,
        encryption: BucketEncryption.S3_MANAGED,
        lifecycleRules: [{ ...abandonedUploads, expiration: Duration.days(stage.logDays) }],
      });
      this.accessLogs = accessLogs as IBucket;
      acknowledge(accessLogs, {
        'AwsSolutions-S1': 'It holds the access logs; logging it into itself would never end.',
      });
    }
    const logged = (prefix: string): Partial<BucketProps> =>
      this.accessLogs === undefined
        ? {}
        : { serverAccessLogsBucket: this.accessLogs, serverAccessLogsPrefix: `s3/${prefix}/` };

    this.blobs = new Bucket(this, 'Blobs', {
      ...common,
      ...logged('blobs'),
      encryption: BucketEncryption.S3_MANAGED,
      lifecycleRules: [abandonedUploads],
    }) as IBucket;
    this.config = new Bucket(this, 'Config', {
      ...common,
      ...logged('config'),
      encryption: BucketEncryption.KMS,
      encryptionKey: key,
      // One request to KMS for many dynos of an app, not one each.
      bucketKeyEnabled: true,
      lifecycleRules: [abandonedUploads],
    }) as IBucket;
    if (this.accessLogs === undefined) {
      const reason =
        'Access logs are a feature of the stage (features.accessLogs); only roles of the platform reach this bucket.';
      acknowledge(this.blobs, { 'AwsSolutions-S1': reason });
      acknowledge(this.config, { 'AwsSolutions-S1': reason });
    }
  }
}
