import { MINUTE_MS } from '../time.ts';
import { isUuid } from '../uuid.ts';

/** Messages of the function that runs the dyno manager and publishes events. */
export type ManagerMessage =
  | { readonly kind: 'nudge'; readonly appId: string }
  /** Events of this app wait to be published. */
  | { readonly kind: 'events'; readonly appId: string }
  /** A request waits for this app, which sleeps. */
  | { readonly kind: 'wake'; readonly appId: string; readonly atMs: number }
  /** Apps that may sleep and had requests. */
  | { readonly kind: 'requests'; readonly appIds: readonly string[]; readonly atMs: number };

/** Traffic messages that are older than this, e.g. from a dead-letter queue, are ignored. */
export const TRAFFIC_MS_MAX = 5 * MINUTE_MS;
/** Per message: as JSON well below a queue's limit of 256 KiB. */
export const TRAFFIC_APPS_MAX = 5_000;

/** Messages that request a pass of a reconciler. */
export type PassMessage = Extract<ManagerMessage, { kind: 'nudge' | 'events' }>;
export const isPass = (message: ManagerMessage): message is PassMessage =>
  message.kind === 'nudge' || message.kind === 'events';
/** Passes of one group do not overlap: of one reconciler over one app. */
export const passGroup = ({ kind, appId }: PassMessage): string => (kind === 'nudge' ? appId : `${kind}#${appId}`);
export type TrafficMessage = Exclude<ManagerMessage, PassMessage>;

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
  if (kind === 'nudge' || kind === 'events') return isId(appId) ? { kind, appId } : undefined;
  if (typeof atMs !== 'number') return undefined;
  if (kind === 'wake') return isId(appId) ? { kind, appId, atMs } : undefined;
  if (kind !== 'requests' || !Array.isArray(appIds) || appIds.length > TRAFFIC_APPS_MAX) return undefined;
  return appIds.every(isId) ? { kind, appIds, atMs } : undefined;
}

const isId = (value: unknown): value is string => typeof value === 'string' && isUuid(value);
