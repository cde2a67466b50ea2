import { CfnOutput, Duration } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { CfnSecret, type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import { PlatformStack, type PlatformStackProps } from '../platform-stack.ts';
import { Buckets } from './buckets.ts';
import { LogGroups } from './log-groups.ts';
import { Repositories } from './repositories.ts';
import { retention } from './retention.ts';
import { PlatformTable } from './table.ts';

/** Everything that must outlive a mistake. Logical ids here must never change: another id would be another, empty resource. */
export class DataStack extends PlatformStack {
  readonly table: PlatformTable['table'];
  readonly key: Key;
  readonly buckets: Buckets;
  readonly repositories: Repositories;
  readonly logs: LogGroups;
  /** Signs capability URLs and the tokens of dynos. */
  readonly signingSecret: ISecret;
  /** Where the owner finds the first access token; empty until the bootstrap function has made it. */
  readonly ownerTokenSecret: ISecret;

  constructor(scope: Construct, id: string, props: PlatformStackProps) {
    super(scope, id, props);
    const { stage } = props;
    const kept = retention(stage.keepData);
    this.key = new Key(this, 'Key', {
      description: `Seals config vars of the Dynoform platform ${stage.name}`,
      enableKeyRotation: true,
      pendingWindow: Duration.days(stage.keepData ? 30 : 7),
      removalPolicy: kept.removalPolicy,
    });
    this.table = new PlatformTable(this, 'Items', { retention: kept }).table;
    this.buckets = new Buckets(this, 'Buckets', { stage, key: this.key, retention: kept });
    this.repositories = new Repositories(this, 'Images', { retention: kept });
    this.logs = new LogGroups(this, 'Logs', { stage, removalPolicy: kept.removalPolicy });

    const signing = new Secret(this, 'SigningSecret', {
      description: 'Dynoform: signs capability URLs and tokens of dynos',
      encryptionKey: this.key,
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      removalPolicy: kept.removalPolicy,
    });
    acknowledge(signing, {
      'AwsSolutions-SMG4':
        'A new secret ends every URL and dyno token in use at once; the operator rotates it (runbook, "Signing secret").',
    });
    this.signingSecret = signing as ISecret;

    // The CDK's secret would have a random value. This one is empty, by which the bootstrap function recognizes it.
    const ownerToken = new CfnSecret(this, 'OwnerToken', {
      description: "Dynoform: the owner's first access token",
      kmsKeyId: this.key.keyArn,
    });
    ownerToken.applyRemovalPolicy(kept.removalPolicy);
    acknowledge(ownerToken, {
      'AwsSolutions-SMG4': 'An access token that its owner revokes and replaces through the API, as any other.',
    });
    // The secret's name, not its value.
    new CfnOutput(this, 'OwnerTokenSecret', { value: ownerToken.ref });
    this.ownerTokenSecret = Secret.fromSecretAttributes(this, 'EmptySecret', {
      secretCompleteArn: ownerToken.ref,
      encryptionKey: this.key,
    });
  }
}
