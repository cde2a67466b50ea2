import type { App } from '../../../core/records/app.ts';
import type { Dyno } from '../../../core/records/dyno.ts';
import type { EcoPool } from '../../../core/records/eco-pool.ts';
import { HOUR_MS, MINUTE_MS } from '../../../core/time.ts';
import type { DynoFields } from '../../dyno-fields.ts';
import type { Change } from '../memory-store.ts';
import type { World } from '../world.ts';
import type { Rules } from './rules.ts';

/** Between an event of a dyno and the counted moment. */
const SLACK_PER_DYNO_MS = 20_000;

interface Account {
  /** This month, by dynos that are gone. */
  usedMs: number;
  readonly running: Map<string, number>;
  /** Starts and ends. */
  changes: number;
  begunAtMs: number;
  usedUpSinceMs?: number | undefined;
  /** Records were lost, and the platform may continue counting them: the used hours are unknown. */
  unknown: boolean;
}

/** Heroku Help: hours count per account and calendar month (UTC), while its Eco dynos run, to the second. */
export class EcoHours {
  readonly #world: World;
  readonly #rules: Rules;
  readonly #accounts = new Map<string, Account>();
  /** The app may be deleted before its last dyno ends. */
  readonly #owners = new Map<string, string>();
  monthMs = 0;

  constructor(world: World, rules: Rules) {
    this.#world = world;
    this.#rules = rules;
  }

  committed(changes: readonly Change[]): void {
    if (this.#world.ecoHours === undefined) return;
    this.#turnPage();
    for (const { key, before, after } of changes) {
      if (key.sort.startsWith('dyno#')) this.#judgeDyno(before as Dyno | undefined, after as Dyno | undefined);
    }
    for (const { key, before, after } of changes) {
      if (key.sort !== 'eco-pool') continue;
      this.#judgePool(key.partition.slice('account#'.length), before as EcoPool | undefined, after as EcoPool);
    }
  }

  /** A record was lost, against the rules. */
  lost({ appId, id }: Dyno): void {
    const owner = this.#ownerOf(appId);
    if (owner === undefined) return;
    this.#of(owner).unknown = true;
    this.#of(owner).running.delete(id);
  }

  minute(): void {
    if (this.#world.ecoHours === undefined) return;
    this.#turnPage();
    for (const [owner, account] of this.#accounts) {
      if (!this.surelyUsedUp(owner)) account.usedUpSinceMs = undefined;
      else account.usedUpSinceMs ??= this.#world.agenda.nowMs;
    }
  }

  /** While it is certain. */
  usedUpSinceMs(owner: string): number | undefined {
    return this.#accounts.get(owner)?.usedUpSinceMs;
  }

  begunAtMs(owner: string): number {
    return this.#accounts.get(owner)?.begunAtMs ?? 0;
  }

  surelyUsedUp(owner: string): boolean {
    const account = this.#accounts.get(owner);
    if (account === undefined || account.unknown || this.#world.clockErrorMs > 0) return false;
    return this.#usedMs(account) - slackMs(account) >= this.#limitMs;
  }

  maybeUsedUp(owner: string): boolean {
    if (this.#world.ecoHours === undefined) return false;
    const account = this.#accounts.get(owner);
    if (account === undefined) return this.#limitMs <= 0;
    const nearEnd = this.#world.agenda.nowMs - this.monthMs < this.#world.skewMs + 2 * MINUTE_MS;
    if (account.unknown || this.#world.clockErrorMs > 0 || nearEnd) return true;
    return this.#usedMs(account) + slackMs(account) >= this.#limitMs;
  }

  show(owner: string): string {
    const account = this.#of(owner);
    return `${hours(this.#usedMs(account))} of ${this.#world.ecoHours} h used this month`;
  }

  get #limitMs(): number {
    return (this.#world.ecoHours ?? Number.POSITIVE_INFINITY) * HOUR_MS;
  }

  #usedMs({ usedMs, running }: Account): number {
    const { nowMs } = this.#world.agenda;
    let sum = usedMs;
    for (const sinceMs of running.values()) sum += nowMs - Math.max(sinceMs, this.monthMs);
    return sum;
  }

  #turnPage(): void {
    const now = new Date(this.#world.agenda.nowMs);
    const monthMs = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1);
    if (monthMs === this.monthMs) return;
    this.monthMs = monthMs;
    for (const account of this.#accounts.values()) {
      account.usedMs = 0;
      account.changes = account.running.size;
      account.usedUpSinceMs = undefined;
    }
  }

  #judgeDyno(before: Dyno | undefined, after: Dyno | undefined): void {
    const counted = before !== undefined && counts(before);
    const counting = after !== undefined && counts(after);
    if (counted === counting) return;
    const { id, appId } = (after ?? before) as Dyno;
    const owner = this.#ownerOf(appId);
    if (owner === undefined) return;
    const account = this.#of(owner);
    const { nowMs } = this.#world.agenda;
    account.changes += 1;
    if (counting) {
      account.running.set(id, nowMs);
      account.begunAtMs = nowMs;
      return;
    }
    account.usedMs += nowMs - Math.max(account.running.get(id) ?? nowMs, this.monthMs);
    account.running.delete(id);
  }

  /** The platform's own count must be the same, within the difference of clocks. */
  #judgePool(owner: string, before: EcoPool | undefined, after: EcoPool): void {
    const account = this.#of(owner);
    const { nowMs } = this.#world.agenda;
    if (before !== undefined && after.monthStartMs < before.monthStartMs) {
      this.#rules.break('a month that is over does not come back', `${owner}: ${after.monthStartMs}`);
    }
    const nearEnd = nowMs - this.monthMs < 2 * MINUTE_MS || after.monthStartMs !== this.monthMs;
    if (account.unknown || this.#world.clockErrorMs > 0 || nearEnd) return;
    let booked = 0;
    for (const ms of Object.values(after.settledMs)) booked += ms;
    for (const { sinceMs } of Object.values(after.running))
      booked += Math.max(0, nowMs - Math.max(sinceMs, this.monthMs));
    const used = this.#usedMs(account);
    if (Math.abs(booked - used) <= slackMs(account) + MINUTE_MS) return;
    this.#rules.break('Eco hours are what dynos ran', `${hours(booked)} h of ${owner}, and they ran ${hours(used)} h`);
  }

  #ownerOf(appId: string): string | undefined {
    const owner = this.#owners.get(appId) ?? this.#world.app(appId)?.ownerId;
    if (owner !== undefined) this.#owners.set(appId, owner);
    return owner;
  }

  #of(owner: string): Account {
    let account = this.#accounts.get(owner);
    if (account === undefined) {
      account = { usedMs: 0, running: new Map(), changes: 0, begunAtMs: 0, unknown: false };
      this.#accounts.set(owner, account);
    }
    return account;
  }
}

const slackMs = ({ changes }: { readonly changes: number }) => changes * SLACK_PER_DYNO_MS;
const hours = (ms: number) => (ms / HOUR_MS).toFixed(3);
const counts = ({ size, state, intentAtMs, outcome }: DynoFields) =>
  size === 'Eco' && intentAtMs !== undefined && outcome === undefined && RUNS.has(state);
const RUNS: ReadonlySet<Dyno['state']> = new Set(['starting', 'up', 'stopping']);

export const isEco = ({ formation }: App) => (formation ?? []).some(({ size }) => size === 'Eco');
