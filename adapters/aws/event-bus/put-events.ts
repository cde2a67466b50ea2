import {
  type EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
  type PutEventsResultEntry,
} from '@aws-sdk/client-eventbridge';
import { type DomainEvent, eventView } from '../../../core/event/domain-event.ts';
import type { Random } from '../../../core/ports.ts';
import { attempt } from '../attempts.ts';

/** PutEvents' limit. */
const BATCH_MAX = 10;
const ATTEMPTS_MAX = 5;
const RETRY_FIRST_MS = 50;
const RETRY_MAX_MS = 1_000;

export interface Bus {
  readonly client: EventBridgeClient;
  readonly name: string;
  readonly random: Random;
}

/** Rejects, after several attempts, when some were not taken; the others were. */
export async function putEvents(bus: Bus, events: readonly DomainEvent[]): Promise<void> {
  const count = Math.ceil(events.length / BATCH_MAX);
  const batches = Array.from({ length: count }, (_, at) => events.slice(at * BATCH_MAX, (at + 1) * BATCH_MAX));
  const put = await Promise.allSettled(
    batches.map((batch) =>
      putBatch(
        bus,
        batch.map((event) => entryOf(bus, event)),
      ),
    ),
  );
  const reasons = put.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
  if (reasons.length > 0) throw new AggregateError(reasons, 'EventBridge has not taken all events');
}

function entryOf({ name }: Bus, event: DomainEvent): PutEventsRequestEntry {
  return {
    EventBusName: name,
    Source: 'dynoform',
    DetailType: `${event.entity} ${event.action}`,
    Detail: JSON.stringify(eventView(event)),
    Time: new Date(event.atMs),
  };
}

/** The same entries again for those that were refused. */
async function putBatch({ client, random }: Bus, entries: readonly PutEventsRequestEntry[]): Promise<void> {
  let left = entries;
  const options = {
    attemptsMax: ATTEMPTS_MAX,
    firstDelayMs: RETRY_FIRST_MS,
    delayMaxMs: RETRY_MAX_MS,
    random,
    isTransient: (error: unknown) => error instanceof NotAllTaken && error.isTransient,
  };
  await attempt(options, async () => {
    const { Entries = [] } = await client.send(new PutEventsCommand({ Entries: [...left] }));
    const refused = Entries.filter(({ ErrorCode }) => ErrorCode !== undefined);
    if (refused.length === 0) return;
    left = left.filter((_, at) => Entries[at]?.ErrorCode !== undefined);
    throw new NotAllTaken(refused);
  });
}

/** EventBridge's user guide, "PutEvents": these may succeed when sent again. */
const TRANSIENT = new Set(['ThrottlingException', 'InternalFailure']);

class NotAllTaken extends Error {
  override readonly name = 'NotAllTaken';
  readonly isTransient: boolean;

  constructor(refused: readonly PutEventsResultEntry[]) {
    const codes = new Set(refused.map(({ ErrorCode = '' }) => ErrorCode));
    super(`EventBridge has not taken ${refused.length} events: ${[...codes].join(', ')}`);
    this.isTransient = [...codes].every((code) => TRANSIENT.has(code));
  }
}
