import { z } from 'zod';
import { MINUTE_MS } from '../../core/time.ts';

/** What the queues of the dyno manager carry. */
export type ManagerMessage =
  | { readonly kind: 'nudge'; readonly appId: string }
  | { readonly kind: 'wake'; readonly appId: string; readonly atMs: number }
  | { readonly kind: 'requests'; readonly appIds: readonly string[]; readonly atMs: number };

/** Traffic that is told of later than this, out of a dead-letter queue, says nothing about now. */
export const TRAFFIC_MS_MAX = 5 * MINUTE_MS;

const id = z.uuid();
const message = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('nudge'), appId: id }),
  z.object({ kind: z.literal('wake'), appId: id, atMs: z.number() }),
  z.object({ kind: z.literal('requests'), appIds: z.array(id).max(10_000), atMs: z.number() }),
]);

/** Undefined: nothing that any version of ours has sent. */
export function parseMessage(body: string): ManagerMessage | undefined {
  try {
    return message.parse(JSON.parse(body));
  } catch {
    return undefined;
  }
}
