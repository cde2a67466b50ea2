import { count, fields, mapOf, text } from './checks.ts';
import { defineRecord } from './define-record.ts';

/**
 * The dyno hours that an account's Eco dynos have used this month (Heroku Dev Center: Eco Dyno Hours). One item per account,
 * written only when such a dyno starts or ends, together with the dyno's record. The use of running dynos follows from their
 * start, so no write is needed as time passes, and the sum is exact to the millisecond. Item: `account#<id>` / `eco-pool`.
 */
export interface EcoPool {
  /** UTC. */
  readonly monthStartMs: number;
  /** For dynos that have ended, by app. */
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
