import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteStackCommand,
  paginateDescribeStackEvents,
  UpdateTerminationProtectionCommand,
} from '@aws-sdk/client-cloudformation';
import type { Account } from '../account.ts';
import type { Say } from '../say.ts';
import { findStack } from '../survey.ts';
import { waitFor } from '../wait-for.ts';

/** A stack that cannot be deleted at first often can minutes later: a certificate is "in use", a network interface still exists. */
const ATTEMPTS = 4;
const PAUSE_MS = 30_000;
const BOUND_MINUTES = 45;

export async function deleteStack(
  account: Account,
  { stackName, stackId }: { readonly stackName: string; readonly stackId: string },
  say: Say,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const status = await deleteOnce(account, stackName, stackId, say);
    if (status !== 'DELETE_FAILED') return;
    const reasons = await failures(account, stackId);
    if (attempt === ATTEMPTS) {
      throw new Error(
        `${stackName} cannot be deleted:\n${reasons.join('\n')}\nRemove what is named there, and run the command again.`,
      );
    }
    say(`${stackName} could not be deleted; trying again in ${PAUSE_MS / 1_000} s: ${reasons.join('; ')}`);
    await sleep(PAUSE_MS);
  }
}

async function deleteOnce(account: Account, stackName: string, stackId: string, say: Say): Promise<string> {
  await waitFor({
    what: `a deploy of ${stackName} to end`,
    boundMinutes: BOUND_MINUTES,
    say,
    next: 'Cancel the deploy in CloudFormation, and run the command again.',
    look: async () => {
      const status = (await findStack(account, stackId))?.status;
      return status !== undefined && UNDELETABLE.test(status) ? status : undefined;
    },
  });
  const found = await findStack(account, stackId);
  if (found === undefined || found.status === 'DELETE_COMPLETE') return 'DELETE_COMPLETE';
  if (found.protectedFromDeletion) {
    await account.cloudFormation.send(
      new UpdateTerminationProtectionCommand({ StackName: stackName, EnableTerminationProtection: false }),
    );
  }
  if (found.status !== 'DELETE_IN_PROGRESS') {
    await account.cloudFormation.send(new DeleteStackCommand({ StackName: stackId }));
  }
  let last = 'DELETE_COMPLETE';
  // The state from before the deletion is still visible for a moment: DELETE_FAILED counts only after another state, or if it stays.
  let failedLooks = 0;
  await waitFor({
    what: `${stackName} to go`,
    boundMinutes: BOUND_MINUTES,
    say,
    next: 'Its events in CloudFormation say what it waits for. Run the command again afterwards.',
    look: async () => {
      last = (await findStack(account, stackId))?.status ?? 'DELETE_COMPLETE';
      failedLooks = last === 'DELETE_FAILED' ? failedLooks + 1 : 0;
      const over = last === 'DELETE_COMPLETE' || failedLooks > 2;
      return over ? undefined : last;
    },
  });
  return last;
}

/** CloudFormation refuses to delete a stack in these states, but not one that is being created. */
const UNDELETABLE = /^(?:UPDATE|IMPORT)_.*IN_PROGRESS$|^ROLLBACK_IN_PROGRESS$/;

/** Failures of this deletion: the newest events come first. */
async function failures({ cloudFormation }: Account, stackId: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const page of paginateDescribeStackEvents({ client: cloudFormation }, { StackName: stackId })) {
    for (const event of page.StackEvents ?? []) {
      const { LogicalResourceId, PhysicalResourceId, ResourceStatus, ResourceStatusReason } = event;
      const ofStack = PhysicalResourceId === stackId;
      if (ofStack && ResourceStatus === 'DELETE_IN_PROGRESS') return lines;
      if (!ofStack && ResourceStatus === 'DELETE_FAILED') {
        lines.push(`  ${LogicalResourceId} (${PhysicalResourceId}): ${ResourceStatusReason}`);
      }
    }
  }
  return lines;
}
