import type { IAMClient } from '@aws-sdk/client-iam';
import type { PlatformClient } from '../../client/platform-client.ts';
import type { Account } from '../teardown/account.ts';
import type { Stack, StackName } from '../teardown/found.ts';
import type { Say } from '../teardown/say.ts';
import { waitFor } from '../teardown/wait-for.ts';
import type { DeployedApp } from './deployed-app.ts';
import type { VerifyOptions } from './options.ts';

/** What checks work on: a platform that was deployed for them, with one app that answers. */
export interface World {
  readonly options: VerifyOptions;
  readonly account: Account;
  readonly iam: IAMClient;
  readonly stacks: readonly Stack[];
  readonly api: PlatformClient;
  readonly apiUrl: string;
  readonly servicesUrl: string;
  readonly token: string;
  readonly app: DeployedApp;
  readonly say: Say;
}

/** The physical ids of a stack's resources of one type, or only of those whose logical id contains a text. */
export function resources({ stacks }: Pick<World, 'stacks'>, name: StackName, type: string, logicalId = ''): string[] {
  return stacks
    .filter((stack) => stack.name === name)
    .flatMap((stack) => stack.resources.filter((one) => one.type === type && one.logicalId.includes(logicalId)))
    .map(({ physicalId }) => physicalId);
}

/** What `look` finds, or undefined if it finds nothing within the bound. */
export async function eventually<T>(
  { say }: Pick<World, 'say'>,
  what: string,
  boundMinutes: number,
  look: () => Promise<T | undefined>,
): Promise<T | undefined> {
  let found: T | undefined;
  const wait = waitFor({
    what,
    boundMinutes,
    say,
    next: '',
    look: async () => {
      found = await look();
      return found === undefined ? 'nothing yet' : undefined;
    },
  });
  // A timeout is a valid result here, not an error.
  await wait.catch((error: Error) => {
    if (!error.message.startsWith('waited ')) throw error;
  });
  return found;
}
