import type { App } from '../../../core/records/app.ts';
import type { AppRoutes } from '../../../core/records/app-routes.ts';
import type { Dyno } from '../../../core/records/dyno.ts';
import { MINUTE_MS, SECOND_MS } from '../../../core/time.ts';
import type { DynoFields } from '../../dyno-fields.ts';
import type { Change } from '../memory-store.ts';
import type { World } from '../world.ts';
import { EcoHours, isEco } from './eco-hours.ts';
import type { Rules } from './rules.ts';

/** Heroku Help: an Eco web dyno without a request for half an hour sleeps, and the app's workers with it. */
const IDLE_MS = 30 * MINUTE_MS;
/** The manager's record of requests is at most a minute old. */
const TOLD_EVERY_MS = MINUTE_MS;
/** A due pass, found by a tick; the pass that an event has requested; and slow calls. */
const LOOK_MS = 5 * MINUTE_MS;
/** Another app's use of the account's hours causes no pass: each app has one four times an hour. */
const OTHERS_MS = 20 * MINUTE_MS;
const CALM_MS = 10 * MINUTE_MS;

interface Heard {
  /** A request was reported, perhaps in vain. */
  maybeMs?: number;
  /** The manager has recorded it. */
  surelyMs?: number;
  /** Of requests that waited for the app. */
  wakeMs?: number;
}

/** Which Eco apps sleep and wake, and how the account's hours affect that. */
export class EcoRules {
  readonly #world: World;
  readonly #rules: Rules;
  readonly hours: EcoHours;
  readonly #heard = new Map<string, Heard>();
  /** App → when its routes began to say that the hours are used up. */
  readonly #closedSinceMs = new Map<string, number>();

  constructor(world: World, rules: Rules) {
    this.#world = world;
    this.#rules = rules;
    this.hours = new EcoHours(world, rules);
  }

  mayBeTold(appId: string): void {
    this.#of(appId).maybeMs = this.#world.agenda.nowMs;
  }

  told(appId: string, waits: boolean): void {
    const { nowMs } = this.#world.agenda;
    const heard = this.#of(appId);
    heard.maybeMs = nowMs;
    heard.surelyMs = nowMs;
    if (waits) heard.wakeMs = nowMs;
  }

  #of(appId: string): Heard {
    let heard = this.#heard.get(appId);
    if (heard === undefined) {
      heard = {};
      this.#heard.set(appId, heard);
    }
    return heard;
  }

  committed(changes: readonly Change[]): void {
    this.hours.committed(changes);
    const woken = changes.filter(({ before, after }) => before === undefined && isWoken(after));
    for (const { after } of woken) this.#judgeWaking(after as Dyno, changes);
  }

  /** A dyno was put to sleep. */
  judgeSleep(dyno: Dyno): void {
    const app = this.#world.app(dyno.appId);
    if (app === undefined || this.hours.maybeUsedUp(app.ownerId)) return;
    const fault = this.#wakefulness(app);
    if (fault !== undefined) this.#rules.break('an Eco app sleeps after half an hour without a request', fault);
  }

  #wakefulness({ id: appId, formation }: App): string | undefined {
    const { nowMs } = this.#world.agenda;
    const slackMs = this.#world.skewMs + TOLD_EVERY_MS;
    if (!hasWeb(formation)) return 'an app of workers only never sleeps';
    const heardMs = this.#heard.get(appId)?.surelyMs;
    if (heardMs !== undefined && nowMs - heardMs + slackMs < IDLE_MS) return `a request came ${nowMs - heardMs} ms ago`;
    for (const dyno of this.#world.dynos(appId)) {
      const launchedAtMs = this.#rules.tasks.lastOf(dyno)?.launchedAtMs;
      if (dyno.type !== 'web' || dyno.kind !== 'formation' || dyno.state === 'idle') continue;
      if (launchedAtMs === undefined || nowMs - launchedAtMs + slackMs < IDLE_MS)
        return `${dyno.name} runs since ${launchedAtMs}`;
    }
    return undefined;
  }

  #judgeWaking(dyno: Dyno, changes: readonly Change[]): void {
    const { appId, name } = dyno;
    const app = this.#world.app(appId);
    const slept = changes.find(({ before, after }) => after === undefined && (before as Dyno).name === name)?.before;
    if (app === undefined || slept === undefined || !hasWeb(app.formation)) return;
    if (this.hours.surelyUsedUp(app.ownerId)) {
      this.#rules.break('nobody wakes an app whose hours are used up', `${name} of ${appId}`);
    }
    const { maybeMs = Number.NEGATIVE_INFINITY } = this.#heard.get(appId) ?? {};
    const sinceMs = (slept as Dyno).stateChangedAtMs;
    const webRuns = this.#world.dynos(appId).some(({ type, kind, state }) => {
      return type === 'web' && kind === 'formation' && state !== 'idle' && state !== 'stopping';
    });
    // When a user has started a web dyno, the workers wake too.
    if (maybeMs + this.#world.skewMs >= sinceMs || (dyno.type !== 'web' && webRuns)) return;
    this.#rules.break('only a request wakes an Eco app', `${name} of ${appId}`);
  }

  published({ appId, situation }: AppRoutes): void {
    if (situation !== 'exhausted') {
      this.#closedSinceMs.delete(appId);
      return;
    }
    const app = this.#world.app(appId);
    if (app === undefined) return;
    if (!this.#closedSinceMs.has(appId)) this.#closedSinceMs.set(appId, this.#world.agenda.nowMs);
    if (this.hours.maybeUsedUp(app.ownerId)) return;
    this.#rules.break('H82 is for accounts whose hours are used up', `${appId}: ${this.hours.show(app.ownerId)}`);
  }

  minute(): void {
    this.hours.minute();
    const { calmMs, clockErrorMs } = this.#world;
    if (calmMs < CALM_MS || clockErrorMs > 0) return;
    for (const appId of this.#world.appIds) {
      const app = this.#world.app(appId);
      if (app === undefined || app.deletedAtMs !== undefined || this.#world.isDamaged(appId) || !isEco(app)) continue;
      const dynos = this.#world.dynos(appId).filter(({ kind, state }) => kind === 'formation' && state !== 'stopping');
      this.#judgeExhausted(app, dynos);
      this.#judgeNewMonth(app, dynos);
      this.#judgeSleeper(app, dynos);
    }
  }

  #judgeExhausted(app: App, dynos: readonly Dyno[]): void {
    const { nowMs } = this.#world.agenda;
    const sinceMs = this.hours.usedUpSinceMs(app.ownerId);
    if (sinceMs === undefined) return;
    const patienceMs = this.hours.begunAtMs(app.ownerId) > sinceMs - OTHERS_MS ? OTHERS_MS : LOOK_MS;
    const awake = dynos.find(({ state, size }) => size === 'Eco' && (state === 'up' || state === 'starting'));
    if (awake === undefined || nowMs - sinceMs < patienceMs) return;
    this.#rules.break('Eco dynos sleep once the hours are used up', `${awake.name}: ${this.hours.show(app.ownerId)}`);
  }

  /** At once, not with the next pass for another reason. */
  #judgeNewMonth(app: App, dynos: readonly Dyno[]): void {
    const { agenda } = this.#world;
    const sinceMs = Math.max(this.hours.monthMs, this.#closedSinceMs.get(app.id) ?? this.hours.monthMs);
    if (this.hours.maybeUsedUp(app.ownerId) || agenda.nowMs - sinceMs < LOOK_MS) return;
    if (this.#world.routers.of(app.id)?.situation === 'exhausted') {
      this.#rules.break('with the month the hours begin anew', `${app.id} is closed: ${this.hours.show(app.ownerId)}`);
    }
    const idle = dynos.find(
      ({ state, stateChangedAtMs }) => state === 'idle' && agenda.nowMs - stateChangedAtMs > LOOK_MS,
    );
    if (idle === undefined || hasWeb(app.formation)) return;
    if (agenda.nowMs - app.updatedAtMs < LOOK_MS) return;
    this.#rules.break('an app of workers only never sleeps', `${idle.name}: ${this.hours.show(app.ownerId)}`);
  }

  #judgeSleeper(app: App, dynos: readonly Dyno[]): void {
    const { nowMs } = this.#world.agenda;
    const { maybeMs = 0, surelyMs = 0, wakeMs = 0 } = this.#heard.get(app.id) ?? {};
    const webs = dynos.filter(({ type }) => type === 'web');
    if (!hasWeb(app.formation) || webs.length === 0) return;
    const restMs = IDLE_MS + LOOK_MS + SECOND_MS;
    const resting = webs.every(({ state, upAtMs = nowMs }) => state === 'up' && nowMs - upAtMs > restMs);
    if (resting && nowMs - maybeMs > restMs && this.#world.calmMs > restMs + LOOK_MS) {
      this.#rules.break('an Eco app sleeps after half an hour without a request', `${app.id} does not, at ${nowMs}`);
    }
    if (this.hours.maybeUsedUp(app.ownerId)) return;
    const asleep = webs.find(({ state }) => state === 'idle');
    if (asleep === undefined) return;
    const sinceMs = asleep.stateChangedAtMs + this.#world.skewMs;
    const unheard = (atMs: number, withinMs: number) =>
      atMs > sinceMs && nowMs - atMs > withinMs && nowMs - this.hours.monthMs > withinMs;
    if (unheard(wakeMs, LOOK_MS) || unheard(surelyMs, OTHERS_MS)) {
      this.#rules.break('a request wakes an Eco app', `${asleep.name} of ${app.id} sleeps on`);
    }
  }
}

const isWoken = (record: unknown) => (record as DynoFields | undefined)?.startedBecause === 'wake';
const hasWeb = (formation: App['formation']) =>
  (formation ?? []).some(({ type, quantity, size }) => type === 'web' && quantity > 0 && size === 'Eco');
