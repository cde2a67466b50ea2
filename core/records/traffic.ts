import { count, fields } from './checks.ts';
import { defineRecord } from './define-record.ts';

/** When the last request for an app that may sleep was routed. */
export interface Traffic {
  readonly lastRequestAtMs: number;
}

export const trafficKey = (appId: string) => ({ partition: `app#${appId}`, sort: 'traffic' });

export const trafficRecord = defineRecord({
  noun: 'traffic',
  version: 1,
  key: trafficKey,
  shape: fields<Traffic>({ lastRequestAtMs: count }),
});
