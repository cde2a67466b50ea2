import { RemovalPolicy } from 'aws-cdk-lib';

export interface Retention {
  readonly removalPolicy: RemovalPolicy;
  readonly deletionProtection: boolean;
  /** For what CloudFormation refuses to delete while something is in it. */
  readonly emptyOnDelete: boolean;
}

/** What becomes of data when its stack goes. */
export function retention(keepData: boolean): Retention {
  return {
    removalPolicy: keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    deletionProtection: keepData,
    emptyOnDelete: !keepData,
  };
}
