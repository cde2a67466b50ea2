import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { putEvents } from '../adapters/aws/put-events.ts';
import { systemRandom as random } from '../adapters/system.ts';
import type { PublishedEvent } from '../core/records/domain-event.ts';

const client = new EventBridgeClient();

export const put = (name: string, events: readonly PublishedEvent[]): Promise<void> =>
  putEvents({ client, name, random }, events);
