import { MINUTE_MS } from '../time.ts';
import { isUuid } from '../uuid.ts';

/** Messages of the dyno manager's queues, used where its callers run in other processes. */
export type ManagerMessage =
  | { readonly kind: 'nudge'; readonly appId: string }
  /** A request waits for this app, which sleeps. */
  | { readonly kind: 'wake'; readonly appId: string; readonly atMs: number }
  /** Apps that may sleep and had requests. */
  | { readonly kind: 'requests'; readonly appIds: readonly string[]; readonly atMs: number };

/** Traffic messages that are older than this, e.g. from a dead-letter queue, are ignored. */
export const TRAFFIC_MS_MAX = 5 * MINUTE_MS;
/** Per message: as JSON well below a queue's limit of 256 KiB. */
export const TRAFFIC_APPS_MAX = 5_000;

export const managerMessage = (message: ManagerMessage): string => JSON.stringify(message);

/** Undefined: not one of our messages. */
export function readManagerMessage(text: string): ManagerMessage | undefined {
  let message: Partial<Record<string, unknown>>;
  try {
    message = Object(JSON.parse(text));
  } catch {
    return undefined;
  }
  const { kind, appId, appIds, atMs } = message;
  if (kind === 'nudge') return isId(appId) ? { kind, appId } : undefined;
  if (typeof atMs !== 'number') return undefined;
  if (kind === 'wake') return isId(appId) ? { kind, appId, atMs } : undefined;
  if (kind !== 'requests' || !Array.isArray(appIds) || appIds.length > TRAFFIC_APPS_MAX) return undefined;
  return appIds.every(isId) ? { kind, appIds, atMs } : undefined;
}

const isId = (value: unknown): value is string => typeof value === 'string' && isUuid(value);
