import type { App } from '../../core/records/app.ts';
import { appKey } from '../../core/records/app.ts';
import type { Dyno } from '../../core/records/dyno.ts';
import { Agenda } from './agenda.ts';
import { ControlPlane } from './control-plane.ts';
import { Coverage } from './coverage.ts';
import { Dice } from './dice.ts';
import { MemoryStore } from './memory-store.ts';
import { PassRequestQueue } from './pass-request-queue.ts';
import { Calls, type Process, SKEW_MS } from './processes.ts';
import { Routers } from './routers.ts';
import { Rules } from './rules/rules.ts';
import { type Sight, TaskCluster } from './task-cluster.ts';

const SLOW_SHARE = 0.2;
/** Faults that the next tick repairs. */
const UNTROUBLED = new Set(['message lost', 'message twice', 'event lost', 'event twice', 'event late']);
/** In some worlds there is little room for tasks. */
const FEW_PENDING = 8;

/** A whole platform and everything around it, in one thread and with one seed. */
export class World {
  readonly seed: number;
  readonly home: 'cloud' | 'machine';
  readonly slowShare: number;
  readonly agenda = new Agenda();
  readonly dice: Dice;
  readonly store = new MemoryStore();
  readonly calls: Calls;
  readonly cluster: TaskCluster;
  readonly queue: PassRequestQueue;
  readonly routers = new Routers();
  readonly controlPlane: ControlPlane;
  readonly coverage: Coverage;
  readonly rules: Rules;
  /** In the order of their creation. */
  readonly appIds: string[] = [];
  /** By kind. */
  readonly steps = new Map<string, number>();
  stepCount = 0;
  lastFaultAtMs = 0;
  startMs: number;
  /** Per account and month; undefined: unlimited. */
  ecoHours: number | undefined;
  /** The largest error of this world's clocks. */
  clockErrorMs = 0;
  /** Until then a clock is wrong, or a time written by one is in the future. */
  clockTroubleUntilMs = 0;
  readonly poisoned = new Map<string, unknown>();
  readonly unreadable = new Set<string>();
  /** Apps whose own record could not be read for a while: meanwhile one without dynos counts as deleted. */
  readonly wereGone = new Set<string>();
  #ids = 0;

  constructor(seed: number) {
    this.seed = seed;
    this.startMs = this.agenda.nowMs;
    this.dice = new Dice(seed);
    this.home = seed % 3 === 0 ? 'machine' : 'cloud';
    this.coverage = new Coverage();
    this.calls = new Calls(this.agenda, this.dice);
    this.cluster = new TaskCluster(this.agenda, this.dice);
    this.queue = new PassRequestQueue(this.agenda, this.dice, this.store, this.home);
    this.rules = new Rules(this);
    this.controlPlane = new ControlPlane(this);
    // Some clouds lose much and are slow, so that much happens between two reads.
    this.slowShare = seed % 5 === 0 ? 0.8 : SLOW_SHARE;
    if (seed % 5 === 0 && this.home === 'cloud') this.queue.lossShare = 0.3;
    if (seed % 7 === 0) this.cluster.pendingMax = FEW_PENDING;
    this.#wire();
    this.controlPlane.start();
  }

  #wire(): void {
    const { cluster, queue, rules, calls, routers, controlPlane } = this;
    this.store.onCommit = (changes) => rules.committed(changes);
    cluster.onAccepted = (task) => rules.accepted(task);
    cluster.onLaunch = (task) => rules.launched(task);
    cluster.onStop = (task) => rules.stopAsked(task);
    cluster.onExit = (task) => rules.exited(task);
    cluster.onTooManyPending = () => this.fault('too many tasks in PROVISIONING');
    cluster.onExpired = () => calls.note('token expired');
    cluster.onEvent = (event) => controlPlane.spread(event);
    queue.deliver = (appId) => controlPlane.deliver(appId);
    queue.onFault = (_appId, what) => this.fault(what);
    queue.onDeadLetter = (appId) => {
      this.fault('message dead');
      rules.quiet.forgive(appId);
    };
    queue.onNudge = (delayMs) => rules.nudged(delayMs);
    calls.onDeath = (process) => controlPlane.died(process);
    calls.onFault = (process, kind) => {
      this.rules.watch.callFault(process, kind);
      this.lastFaultAtMs = this.agenda.nowMs;
      rules.disturbed(process);
    };
    routers.onPublished = (routes) => rules.published(routes);
    routers.onRequest = (appId, asleep, evidence) => controlPlane.requested(appId, asleep, evidence);
  }

  /** Something went wrong that no rule forbids. */
  fault(kind: string): void {
    this.calls.note(kind);
    this.rules.watch.fault(kind);
    this.lastFaultAtMs = this.agenda.nowMs;
    if (!UNTROUBLED.has(kind)) this.rules.quiet.disturbed();
  }

  count(kind: string): void {
    this.steps.set(kind, (this.steps.get(kind) ?? 0) + 1);
    this.stepCount += 1;
  }

  nextId(): string {
    this.#ids += 1;
    return `00000000-0000-4000-8000-${this.#ids.toString(16).padStart(12, '0')}`;
  }

  nextNumber(): number {
    this.#ids += 1;
    return this.#ids;
  }

  /** Runs everything that is due within the next `ms`, in order, until a rule is broken. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.agenda.nowMs + ms;
    for (;;) {
      if (this.rules.violation !== undefined) return;
      const next = this.agenda.take(untilMs);
      if (next === undefined) break;
      next.run();
      if (next.kind !== 'limit') this.count(next.kind);
      await settled();
    }
    this.agenda.nowMs = untilMs;
  }

  observe(process: Process, appId: string, sight: Sight) {
    const observations = this.cluster.observe(appId, sight);
    const work = process.working.get(appId);
    if (work !== undefined) work.partial = !observations.complete;
    if (!observations.complete) this.rules.partiallySeen(appId);
    return observations;
  }

  /** The date decides about months, nights and clock changes. */
  begin({ at, ecoHours }: { readonly at: string; readonly ecoHours?: number }): void {
    if (this.appIds.length > 0) return;
    this.agenda.nowMs = Math.max(this.agenda.nowMs, Date.parse(at));
    this.startMs = this.agenda.nowMs;
    this.ecoHours = ecoHours;
  }

  clockGoesWrong(byMs: number, forMs: number): void {
    this.fault(byMs < 0 ? 'clock set back' : 'clock set forward');
    this.clockErrorMs = Math.max(this.clockErrorMs, Math.abs(byMs));
    this.clockTroubleUntilMs = Math.max(this.clockTroubleUntilMs, this.agenda.nowMs + forMs + Math.max(0, byMs));
  }

  // -------------------------------------------------------------------------------------------------- questions

  clockMs({ skewMs, shiftMs }: Process): number {
    return this.agenda.nowMs + skewMs + shiftMs + this.controlPlane.clockShiftMs;
  }

  /** How much two clocks, or times that they have written, may differ. */
  get skewMs(): number {
    return SKEW_MS + this.clockErrorMs;
  }

  app(appId: string): App | undefined {
    return this.store.get<App>(appKey(appId))?.value;
  }

  dynos(appId: string): readonly Dyno[] {
    return this.store.list<Dyno>({ partition: `app#${appId}`, prefix: 'dyno#' }).map(({ value }) => value);
  }

  /** Part of its desired state is garbage or missing. */
  isDamaged(appId: string): boolean {
    if (this.poisoned.has(appId)) return true;
    for (const key of this.unreadable) if (key.includes(appId)) return true;
    return false;
  }

  /** Its managers have a limited rate of starts and stops. */
  get rated(): boolean {
    return this.seed % 2 !== 0;
  }

  /** How long nothing has gone wrong. */
  get calmMs(): number {
    const { nowMs } = this.agenda;
    return nowMs - Math.max(this.lastFaultAtMs, Math.min(nowMs, this.clockTroubleUntilMs));
  }
}

/** Resolves when everything that can run without a further event has run. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
