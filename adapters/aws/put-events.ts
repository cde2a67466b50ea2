import { type EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import type { Random } from '../../core/ports/random.ts';
import { eventView, type PublishedEvent } from '../../core/records/domain-event.ts';
import { type Refusal, sendBatches } from './send-batches.ts';

/** Errors after which a repeat may succeed (EventBridge's user guide, "PutEvents"). */
const TRANSIENT = new Set(['ThrottlingException', 'InternalFailure']);

export interface Bus {
  readonly client: EventBridgeClient;
  readonly name: string;
  readonly random: Random;
}

/** Rejects when some events were not accepted after several attempts; the others were. */
export async function putEvents(bus: Bus, events: readonly PublishedEvent[]): Promise<void> {
  const entries = events.map((event) => entryOf(bus, event));
  const sender = { service: 'EventBridge', things: 'events', random: bus.random, send: put.bind(undefined, bus) };
  const reasons = await sendBatches(sender, entries);
  if (reasons.length > 0) throw new AggregateError(reasons, 'EventBridge has not taken all events');
}

function entryOf({ name }: Bus, event: PublishedEvent): PutEventsRequestEntry {
  return {
    EventBusName: name,
    Source: 'dynoform',
    DetailType: `${event.entity} ${event.action}`,
    Detail: JSON.stringify(eventView(event)),
    Time: new Date(event.atMs),
  };
}

/** Answers come in the order of the entries. */
async function put(
  { client }: Bus,
  batch: readonly PutEventsRequestEntry[],
): Promise<Refusal<PutEventsRequestEntry> | undefined> {
  const { Entries = [] } = await client.send(new PutEventsCommand({ Entries: [...batch] }));
  const codes = Entries.flatMap(({ ErrorCode }) => ErrorCode ?? []);
  if (codes.length === 0) return undefined;
  return {
    entries: batch.filter((_, at) => Entries[at]?.ErrorCode !== undefined),
    codes,
    isTransient: codes.every((code) => TRANSIENT.has(code)),
  };
}
