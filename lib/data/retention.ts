import { RemovalPolicy } from 'aws-cdk-lib';

export interface Retention {
  readonly removalPolicy: RemovalPolicy;
  readonly deletionProtection: boolean;
  /** For resources that CloudFormation refuses to delete unless they are empty. */
  readonly emptyOnDelete: boolean;
}

/** What happens to data when its stack is deleted. */
export function retention(keepData: boolean): Retention {
  return {
    removalPolicy: keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    deletionProtection: keepData,
    emptyOnDelete: !keepData,
  };
}
