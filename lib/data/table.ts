import { AttributeType, BillingMode, ProjectionType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import type { Retention } from './retention.ts';

export const DUE_INDEX = 'due';

/** The one table (docs/aws.md). Secrets are sealed before they are written, so AWS's own key is enough for the rest. */
export class PlatformTable extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string, { retention }: { readonly retention: Retention }) {
    super(scope, id);
    this.table = new Table(this, 'Table', {
      partitionKey: { name: 'partition', type: AttributeType.STRING },
      sortKey: { name: 'sort', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.DEFAULT,
      timeToLiveAttribute: 'expiresAt',
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: retention.deletionProtection,
      removalPolicy: retention.removalPolicy,
    });
    this.table.addGlobalSecondaryIndex({
      indexName: DUE_INDEX,
      partitionKey: { name: 'dueQueue', type: AttributeType.STRING },
      sortKey: { name: 'dueAtMs', type: AttributeType.NUMBER },
      projectionType: ProjectionType.ALL,
    });
  }
}
