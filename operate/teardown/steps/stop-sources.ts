import { DisableRuleCommand } from '@aws-sdk/client-eventbridge';
import { paginateListEventSourceMappings, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import { type Account, unlessGone } from '../account.ts';

/** Stops schedule, events and queues: then no function starts a dyno or a build. The API still answers, and changes only the table. */
export async function stopSources(
  { events, lambda }: Account,
  { rules, functions }: { readonly rules: readonly string[]; readonly functions: readonly string[] },
): Promise<void> {
  for (const Name of rules)
    await unlessGone(events.send(new DisableRuleCommand({ Name })), 'ResourceNotFoundException');
  for (const FunctionName of functions) {
    for await (const page of paginateListEventSourceMappings({ client: lambda }, { FunctionName })) {
      for (const { UUID, State } of page.EventSourceMappings ?? []) {
        if (State === 'Disabled' || State === 'Deleting') continue;
        await unlessGone(
          lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false })),
          'ResourceNotFoundException',
          // It is being created or changed: its stack waits for that and then deletes it.
          'ResourceInUseException',
        );
      }
    }
  }
}
