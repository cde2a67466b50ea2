import {
  DeleteTaskDefinitionsCommand,
  DeregisterTaskDefinitionCommand,
  paginateListTaskDefinitions,
} from '@aws-sdk/client-ecs';
import type { Account } from '../account.ts';
import type { Say } from '../say.ts';

/** The limit of DeleteTaskDefinitions. */
const BATCH = 10;
const SAID_EVERY = 50;

/**
 * Registered at run time, so they are in no stack. An account deregisters one a second, for all callers together: the client
 * waits when it is throttled.
 */
export async function removeTaskDefinitions({ ecs }: Account, families: readonly string[], say: Say): Promise<void> {
  let removed = 0;
  for (const familyPrefix of families) {
    for (const taskDefinition of await list(ecs, familyPrefix, 'ACTIVE')) {
      await ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition }));
      removed += 1;
      if (removed % SAID_EVERY === 0) say(`${removed} task definitions deregistered`);
    }
    const inactive = await list(ecs, familyPrefix, 'INACTIVE');
    for (let at = 0; at < inactive.length; at += BATCH) {
      await ecs.send(new DeleteTaskDefinitionsCommand({ taskDefinitions: inactive.slice(at, at + BATCH) }));
    }
  }
}

async function list(client: Account['ecs'], familyPrefix: string, status: 'ACTIVE' | 'INACTIVE'): Promise<string[]> {
  const arns: string[] = [];
  for await (const page of paginateListTaskDefinitions({ client }, { familyPrefix, status })) {
    arns.push(...(page.taskDefinitionArns ?? []));
  }
  return arns;
}
