import { DeleteLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import { type Account, unlessGone } from '../account.ts';

export async function removeLogGroups({ logs }: Account, names: readonly string[]): Promise<void> {
  for (const logGroupName of names) {
    await unlessGone(logs.send(new DeleteLogGroupCommand({ logGroupName })), 'ResourceNotFoundException');
  }
}
