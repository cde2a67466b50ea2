import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { authenticate, mintAuthorization } from '../../core/account/authorization.ts';
import { createAccount } from '../../core/account/create-account.ts';
import type { Records } from '../../core/platform.ts';

export interface BootstrapParts {
  readonly platform: Records;
  /** Where the owner finds the token. */
  readonly secret: {
    /** Undefined: never written. */
    read(): Promise<string | undefined>;
    write(token: string): Promise<void>;
  };
}

export interface BootstrapAnswer {
  readonly PhysicalResourceId: string;
}

/** Never changes in the life of an installation: CloudFormation would delete the "old" owner for another id. */
const PHYSICAL_ID = 'dynoform-owner';

/**
 * The custom resource for `OwnerEmail`: makes an account, and an access token in a secret. An update changes nothing while the
 * secret holds a working token. No answer contains the token, because CloudFormation shows answers.
 */
export function createHandler({ platform, secret }: BootstrapParts) {
  return async (event: CloudFormationCustomResourceEvent): Promise<BootstrapAnswer> => {
    // The account and its apps outlive the stack, as the table does.
    if (event.RequestType === 'Delete') return { PhysicalResourceId: PHYSICAL_ID };
    const account = await createAccount(platform, String(event.ResourceProperties.OwnerEmail ?? ''));
    if (!account.ok) throw new Error(`OwnerEmail: ${account.error.message}`);
    const actor = { accountId: account.value.id, email: account.value.email };
    const known = await secret.read();
    const holder = known === undefined ? undefined : await authenticate(platform, known);
    if (holder?.accountId !== actor.accountId) {
      const minted = await mintAuthorization(platform, actor, { description: 'cdk deploy' });
      if (!minted.ok) throw new Error(minted.error.message);
      await secret.write(minted.value.token);
    }
    return { PhysicalResourceId: PHYSICAL_ID };
  };
}
