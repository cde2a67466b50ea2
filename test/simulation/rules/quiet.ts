import { type ManagerMark, managerKey } from '../../../core/app/app.ts';
import { MINUTE_MS } from '../../../core/time.ts';
import { VISIBILITY_MS } from '../nudge-queue.ts';
import type { Work } from '../processes.ts';
import type { World } from '../world.ts';
import type { Rules } from './rules.ts';

/** A message in flight with a dead process comes back after its invisibility; then a tick, a retry, and two full passes. */
const WAKE_UP_MS = VISIBILITY_MS + 4 * MINUTE_MS;

/** No wake-up is lost: each change is followed by a look that began after it. */
export class Quiet {
  readonly #world: World;
  readonly #rules: Rules;
  /** App → the moment, by order and by time, since which it waits for a look. */
  readonly #waiting = new Map<string, { order: number; atMs: number }>();
  #order = 0;
  readonly quarantineEndsMs = new Map<string, number>();
  readonly #begun = new WeakMap<Work, number>();

  constructor(world: World, rules: Rules) {
    this.#world = world;
    this.#rules = rules;
  }

  dirtied(appId: string): void {
    this.#order += 1;
    const waiting = this.#waiting.get(appId);
    this.#waiting.set(appId, {
      order: this.#order,
      atMs: waiting?.atMs ?? Math.max(this.#world.agenda.nowMs, this.quarantineEndsMs.get(appId) ?? 0),
    });
  }

  passBegins(_appId: string, work: Work): void {
    this.#order += 1;
    this.#begun.set(work, this.#order);
  }

  passEnds(appId: string, work: Work): void {
    const waiting = this.#waiting.get(appId);
    if (waiting === undefined || waiting.order > (this.#begun.get(work) ?? 0)) return;
    const mark = this.#world.store.get<ManagerMark>(managerKey(appId))?.value;
    if (mark?.dirty !== true) this.#waiting.delete(appId);
  }

  /** Time in trouble does not count. */
  disturbed(): void {
    const { nowMs } = this.#world.agenda;
    for (const waiting of this.#waiting.values()) waiting.atMs = nowMs;
  }

  /** Left alone for a while, because its passes failed. */
  quarantined(appId: string, forMs: number): void {
    const untilMs = this.#world.agenda.nowMs + forMs;
    this.quarantineEndsMs.set(appId, Math.max(untilMs, this.quarantineEndsMs.get(appId) ?? 0));
    const waiting = this.#waiting.get(appId);
    if (waiting !== undefined) waiting.atMs = Math.max(waiting.atMs, untilMs);
  }

  /** Its message went to the dead letters, which an operator is told of. */
  forgive(appId: string): void {
    this.#waiting.delete(appId);
  }

  minute(): void {
    const { agenda, calmMs } = this.#world;
    if (calmMs < WAKE_UP_MS) return;
    for (const [appId, { atMs }] of this.#waiting) {
      if (agenda.nowMs - atMs < WAKE_UP_MS || this.#world.isDamaged(appId)) continue;
      this.#rules.break('no wake-up is lost', `${appId} waits for a look since ${agenda.nowMs - atMs} ms`);
    }
  }
}
