import { type ManagerMark, managerKey } from '../../../core/records/app.ts';
import { MINUTE_MS } from '../../../core/time.ts';
import { VISIBILITY_MS } from '../pass-request-queue.ts';
import type { Work } from '../processes.ts';
import type { World } from '../world.ts';
import type { Rules } from './rules.ts';

/** A tick finds what no message reported; then a retry, and two full passes. */
const WAKE_UP_MS = 4 * MINUTE_MS;
/** A message in flight in a dead process returns after its visibility timeout. */
const TROUBLE_MS = VISIBILITY_MS + WAKE_UP_MS;

/** An app of a hundred dynos that all change. */
const LOOKS_PER_MINUTE_MAX = 400;

/** No request is lost: each change is followed by a pass that reads after it. */
export class Quiet {
  readonly #world: World;
  readonly #rules: Rules;
  /** App → the moment, by order and by time, since which it waits for a pass. */
  readonly #waiting = new Map<string, { order: number; atMs: number }>();
  #order = 0;
  readonly quarantineEndsMs = new Map<string, number>();
  #troubleAtMs = 0;
  readonly #begun = new WeakMap<Work, number>();
  #looks = new Map<string, number>();
  /** Apps whose records could not be read, until they are seen with a mark again. */
  readonly #damaged = new Set<string>();

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

  /** A manager has recorded that nothing is waiting. */
  cleared(appId: string, work: Work | undefined): void {
    const waiting = this.#waiting.get(appId);
    const readAt = work === undefined ? undefined : this.#begun.get(work);
    if (waiting === undefined || readAt === undefined || waiting.order < readAt) return;
    this.#rules.break('no wake-up is lost', `${appId} changed after it was read, and its mark is cleared`);
  }

  /** The pass knows everything that was written before this moment. */
  passReads(work: Work): void {
    if (this.#begun.has(work)) return;
    this.#order += 1;
    this.#begun.set(work, this.#order);
  }

  passEnds(appId: string, work: Work): void {
    const looks = (this.#looks.get(appId) ?? 0) + 1;
    this.#looks.set(appId, looks);
    if (looks > LOOKS_PER_MINUTE_MAX)
      this.#rules.break('no app is looked at all the time', `${appId}: ${looks} a minute`);
    const waiting = this.#waiting.get(appId);
    if (waiting === undefined || waiting.order > (this.#begun.get(work) ?? 0)) return;
    const mark = this.#world.store.get<ManagerMark>(managerKey(appId))?.value;
    if (mark?.dirty !== true) this.#waiting.delete(appId);
  }

  /** Time in trouble does not count. Lost messages are no trouble: the tick makes up for them. */
  disturbed(): void {
    const { nowMs } = this.#world.agenda;
    this.#troubleAtMs = nowMs;
    for (const waiting of this.#waiting.values()) waiting.atMs = nowMs;
  }

  /** In quarantine because its passes failed. */
  quarantined(appId: string, forMs: number): void {
    const untilMs = this.#world.agenda.nowMs + forMs;
    this.quarantineEndsMs.set(appId, Math.max(untilMs, this.quarantineEndsMs.get(appId) ?? 0));
    const waiting = this.#waiting.get(appId);
    if (waiting !== undefined) waiting.atMs = Math.max(waiting.atMs, untilMs);
  }

  /** Its message went to the dead letters, which alert an operator. */
  forgive(appId: string): void {
    this.#waiting.delete(appId);
  }

  minute(): void {
    const { agenda } = this.#world;
    this.#looks = new Map();
    const troubleAtMs = Math.max(this.#troubleAtMs, this.#world.clockTroubleUntilMs);
    if (agenda.nowMs - troubleAtMs < TROUBLE_MS) return;
    for (const [appId, { atMs }] of this.#waiting) {
      const damaged = this.#world.isDamaged(appId);
      const hasMark = this.#world.store.get(managerKey(appId)) !== undefined;
      if (damaged) this.#damaged.add(appId);
      else if (hasMark) this.#damaged.delete(appId);
      // The purge succeeded, but its process died before it could record that; so does the pass over an app without
      // dynos whose record was missing for a while: it is taken for purged, and its mark goes.
      const purged = this.#world.app(appId) === undefined || (this.#damaged.has(appId) && !hasMark);
      if (purged) this.#waiting.delete(appId);
      if (purged || agenda.nowMs - atMs < WAKE_UP_MS || damaged) continue;
      this.#rules.break('no wake-up is lost', `${appId} waits for a look since ${agenda.nowMs - atMs} ms`);
    }
  }
}
