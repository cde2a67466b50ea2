import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { openSqliteStore } from '../../adapters/local/sqlite-store.ts';
import { systemClock, systemIds } from '../../adapters/system.ts';
import {
  authenticate,
  listAuthorizations,
  mintAuthorization,
  revokeAuthorization,
} from '../../core/account/authorization.ts';
import type { Records } from '../../core/platform.ts';
import type { Store } from '../../core/ports/store.ts';
import { createHandler } from '../../lambdas/bootstrap/handler.ts';

let store: Store & { close(): void };
let written: string[];
let platform: Records;
beforeEach(() => {
  store = openSqliteStore(':memory:');
  written = [];
  platform = { store, clock: systemClock, ids: systemIds };
});
afterEach(() => store.close());

const event = (RequestType: 'Create' | 'Update' | 'Delete', OwnerEmail: unknown = 'Owner@Example.com') =>
  ({ RequestType, ResourceProperties: { OwnerEmail } }) as unknown as CloudFormationCustomResourceEvent;

const deploy = (type: 'Create' | 'Update' | 'Delete', email?: unknown) =>
  createHandler({
    platform,
    secret: {
      read: async () => written.at(-1),
      write: async (token) => {
        written.push(token);
      },
    },
  })(event(type, email));

const holder = async () => authenticate(platform, written.at(-1) ?? '');

describe('the owner of a platform', () => {
  it('gets an account and a token that works, which no answer shows', async () => {
    const answer = await deploy('Create');
    expect(await holder()).toMatchObject({ email: 'owner@example.com', scope: ['global'] });
    expect(answer).toEqual({ PhysicalResourceId: 'dynoform-owner' });
  });

  it('keeps both through updates and repeated creates', async () => {
    await deploy('Create');
    const before = await holder();
    await deploy('Create');
    await deploy('Update');
    expect(written).toHaveLength(1);
    expect(await holder()).toEqual(before);
    expect(await listAuthorizations(platform, before as never)).toHaveLength(1);
  });

  it('gets another token when the one in the secret works no more', async () => {
    await deploy('Create');
    const owner = (await holder()) as NonNullable<Awaited<ReturnType<typeof holder>>>;
    const [authorization] = await listAuthorizations(platform, owner);
    // The last token cannot be revoked.
    await mintAuthorization(platform, owner, {});
    await revokeAuthorization(platform, owner, authorization?.id ?? '');
    await deploy('Update');
    expect(written).toHaveLength(2);
    expect((await holder())?.accountId).toBe(owner.accountId);
  });

  it('is another account when the address changes; the first keeps its own', async () => {
    await deploy('Create');
    const first = await holder();
    await deploy('Update', 'next@example.com');
    expect((await holder())?.email).toBe('next@example.com');
    expect(await authenticate(platform, written[0] ?? '')).toEqual(first);
  });

  it('stays when the stack goes', async () => {
    await deploy('Create');
    const before = await holder();
    expect(await deploy('Delete', undefined)).toEqual({ PhysicalResourceId: 'dynoform-owner' });
    expect(await holder()).toEqual(before);
    expect(before).toMatchObject({ email: 'owner@example.com' });
  });

  test.each([{ email: 'nobody' }, { email: undefined }, { email: 7 }, { email: '' }])(
    'is refused as $email, in words for whoever deploys',
    async ({ email }) => {
      await expect(
        createHandler({ platform, secret: { read: async () => undefined, write: async () => {} } })({
          RequestType: 'Create',
          ResourceProperties: { OwnerEmail: email },
        } as unknown as CloudFormationCustomResourceEvent),
      ).rejects.toThrow('OwnerEmail: Email is not a valid address.');
    },
  );
});
