import { type ManagerMark, managerKey } from '../../core/records/app.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../core/time.ts';
import type { Agenda } from './agenda.ts';
import type { Dice } from './dice.ts';
import type { MemoryStore } from './memory-store.ts';

export const QUEUE_DELAY_MAX_MS = 15 * MINUTE_MS;
const DEDUP_WINDOW_MS = 5 * MINUTE_MS;
/** Six times the function's own limit. */
export const VISIBILITY_MS = 6 * MINUTE_MS;
const RECEIVES_MAX = 5;

interface Group {
  waiting: boolean;
  inFlight: boolean;
  receives: number;
  sentAtMs: number;
  timerAtMs: number;
  lostLast: boolean;
}

export type MessageFault = 'lost' | 'twice' | 'at-once' | 'late';
const DELIVERED: readonly MessageFault[] = ['twice', 'at-once', 'late'];
const LOSSY: readonly MessageFault[] = ['lost', ...DELIVERED];

/** Resolves with the result of the delivery; never, if its process died. */
export type Deliver = (appId: string) => Promise<'done' | 'failed' | 'busy'>;

/**
 * In the cloud: a FIFO queue with a group per app, and a delay queue whose consumer asks the store whether a pass is due. On
 * one machine: a queue in the platform's own process, which dies with it.
 */
export class PassRequestQueue {
  readonly #agenda: Agenda;
  readonly #dice: Dice;
  readonly #store: MemoryStore;
  readonly #home: 'cloud' | 'machine';
  readonly #groups = new Map<string, Group>();
  /** Messages of an earlier process are gone. */
  #epoch = 0;
  deliver: Deliver = async () => 'done';
  /** Until then, a request within five minutes of the last one is dropped, as with a deduplication id per app. */
  dedupUntilMs = 0;
  /** The share of messages that are lost. */
  lossShare = 0;
  /** No messages are delivered before this. */
  pausedUntilMs = 0;
  readonly faults: { what: MessageFault; times: number }[] = [];
  onFault: (appId: string, what: string) => void = () => undefined;
  onDeadLetter: (appId: string) => void = () => undefined;
  onNudge: (delayMs: number) => void = () => undefined;

  constructor(agenda: Agenda, dice: Dice, store: MemoryStore, home: 'cloud' | 'machine') {
    this.#agenda = agenda;
    this.#dice = dice;
    this.#store = store;
    this.#home = home;
  }

  nudge(appId: string, delayMs: number): void {
    this.onNudge(delayMs);
    if (delayMs <= 0) {
      this.#send(appId);
      return;
    }
    const { nowMs } = this.#agenda;
    const group = this.#group(appId);
    const atMs = nowMs + delayMs;
    // One pass is enough; the nearest timer requests the next by itself.
    if (group.timerAtMs > nowMs && group.timerAtMs <= atMs) return;
    group.timerAtMs = atMs;
    if (this.#struckBy(appId, 'lost') !== undefined) return;
    const epoch = this.#epoch;
    this.#agenda.after(delayMs + (this.#home === 'cloud' ? this.#dice.below(SECOND_MS) : 0), 'timer', () => {
      if (epoch === this.#epoch && this.#isDue(appId)) this.#send(appId);
    });
  }

  /** The process that held it is gone. */
  forget(): void {
    this.#epoch += 1;
    this.#groups.clear();
  }

  /** The consumer's process died with this message: it returns when its visibility timeout ends. */
  abandoned(appId: string): void {
    if (this.#home === 'machine') return;
    const group = this.#group(appId);
    this.#agenda.after(VISIBILITY_MS, 'timer', () => {
      group.inFlight = false;
      this.#again(appId, group);
    });
  }

  #isDue(appId: string): boolean {
    if (this.#home === 'machine') return true;
    const mark = this.#store.get<ManagerMark>(managerKey(appId))?.value;
    return mark === undefined || mark.dirty || (mark.lookAtMs ?? 0) <= this.#agenda.nowMs + SECOND_MS;
  }

  #send(appId: string): void {
    const group = this.#group(appId);
    const { nowMs } = this.#agenda;
    if (nowMs < this.dedupUntilMs && nowMs - group.sentAtMs < DEDUP_WINDOW_MS) {
      this.onFault(appId, 'message deduplicated');
      return;
    }
    group.sentAtMs = nowMs;
    if (group.waiting) return;
    // Not two in a row, or the tick's time limit would depend on luck.
    const mayBeLost = !group.lostLast;
    group.lostLast = mayBeLost && this.lossShare > 0 && this.#dice.chance(this.lossShare);
    if (group.lostLast) {
      this.onFault(appId, 'message lost');
      return;
    }
    const fault = this.#struckBy(appId, ...(mayBeLost ? LOSSY : DELIVERED));
    group.lostLast = fault === 'lost';
    if (group.lostLast) return;
    group.waiting = true;
    const delayMs = fault === 'late' ? this.#dice.between(MINUTE_MS, 10 * MINUTE_MS) : this.#latencyMs();
    this.#receiveAfter(appId, delayMs, fault === 'at-once' ? 2 : 1);
    if (fault === 'twice') this.#receiveAfter(appId, delayMs + this.#dice.between(0, 2 * MINUTE_MS), 1);
  }

  #latencyMs(): number {
    return this.#home === 'machine' ? 0 : this.#dice.below(150);
  }

  #receiveAfter(appId: string, delayMs: number, times: number): void {
    const epoch = this.#epoch;
    this.#agenda.after(delayMs, 'message', () => {
      if (epoch === this.#epoch) this.#receive(appId, times);
    });
  }

  #receive(appId: string, times: number): void {
    const group = this.#group(appId);
    // The group waits for its message in flight; an accidental redelivery does not.
    if (group.inFlight && times === 1) return;
    group.waiting = false;
    group.inFlight = true;
    group.receives += 1;
    for (let turn = 0; turn < times; turn += 1) {
      const epoch = this.#epoch;
      void this.deliver(appId).then((outcome) => {
        if (epoch === this.#epoch) this.#settled(appId, group, outcome);
      });
    }
  }

  #settled(appId: string, group: Group, outcome: 'done' | 'failed' | 'busy'): void {
    group.inFlight = false;
    if (outcome === 'busy') {
      group.waiting = true;
      group.receives -= 1;
      this.#receiveAfter(appId, Math.max(50, this.pausedUntilMs - this.#agenda.nowMs), 1);
      return;
    }
    if (outcome === 'failed') {
      this.#again(appId, group);
      return;
    }
    group.receives = 0;
    if (group.waiting) this.#receiveAfter(appId, this.#latencyMs(), 1);
  }

  /** After the fifth delivery a message goes to the dead letters; the sweep still knows the app. */
  #again(appId: string, group: Group): void {
    if (this.#home === 'cloud' && group.receives >= RECEIVES_MAX && !group.waiting) {
      group.receives = 0;
      this.onDeadLetter(appId);
      // An operator sends it again, hours later.
      this.#agenda.after(this.#dice.between(HOUR_MS, 4 * HOUR_MS), 'timer', () => this.#send(appId));
      return;
    }
    group.waiting = true;
    const waitMs =
      this.#home === 'machine' ? 100 * 2 ** Math.min(group.receives - 1, 6) : 5 * SECOND_MS * group.receives;
    this.#receiveAfter(appId, waitMs, 1);
  }

  #struckBy(appId: string, ...kinds: readonly MessageFault[]): MessageFault | undefined {
    const fault = this.faults[0];
    if (fault === undefined || !kinds.includes(fault.what)) return undefined;
    fault.times -= 1;
    if (fault.times <= 0) this.faults.shift();
    this.onFault(appId, `message ${fault.what}`);
    return fault.what;
  }

  #group(appId: string): Group {
    let group = this.#groups.get(appId);
    if (group === undefined) {
      group = {
        waiting: false,
        inFlight: false,
        receives: 0,
        sentAtMs: Number.NEGATIVE_INFINITY,
        timerAtMs: 0,
        lostLast: false,
      };
      this.#groups.set(appId, group);
    }
    return group;
  }
}
