import { count, fields, mapOf, text } from './checks.ts';
import { defineRecord } from './define-record.ts';

/**
 * What an account's Eco dynos have used of its dyno hours this month (Heroku Dev Center: Eco Dyno Hours). One item per
 * account, written only when such a dyno starts or ends, with the dyno's own record: what runs is known by when it began,
 * so time goes by without a write, and the sum is exact to the millisecond. Item: `account#<id>` / `eco-pool`.
 */
export interface EcoPool {
  /** UTC. */
  readonly monthStartMs: number;
  /** Of dynos that have ended, by app. */
  readonly settledMs: Readonly<Record<string, number>>;
  /** By dyno. */
  readonly running: Readonly<Record<string, EcoRun>>;
}

export interface EcoRun {
  readonly appId: string;
  readonly sinceMs: number;
}

export const ecoPoolKey = (accountId: string) => ({ partition: `account#${accountId}`, sort: 'eco-pool' });

export const ecoPoolRecord = defineRecord({
  noun: 'Eco hours',
  version: 1,
  key: ecoPoolKey,
  shape: fields<EcoPool>({
    monthStartMs: count,
    settledMs: mapOf(count),
    running: mapOf(fields<EcoRun>({ appId: text, sinceMs: count })),
  }),
});
