import type { Dyno } from '../../../core/records/dyno.ts';
import { dynoKey } from '../../../core/records/dyno.ts';
import { DAY_MS, MINUTE_MS } from '../../../core/time.ts';
import { fieldsOf } from '../../dyno-fields.ts';
import type { Task } from '../task-cluster.ts';
import type { World } from '../world.ts';
import type { Rules } from './rules.ts';

/** 24 hours and 216 minutes, plus the waits for its turn and its replacement, and the stop. */
const AGE_MAX_MS = DAY_MS + 216 * MINUTE_MS + 90 * MINUTE_MS;
/** After this long without trouble every timer of the manager has fired. */
const QUIET_MS = 40 * MINUTE_MS;
/** The next pass over its app finds an orphan, and is never further away than this. */
const ORPHAN_MS = 20 * MINUTE_MS;

export class TaskRules {
  readonly #world: World;
  readonly #rules: Rules;
  /** `dyno/attempt` of every record ever written. */
  readonly #intents = new Set<string>();
  readonly #launches = new Map<string, number>();
  readonly #succeeded = new Set<string>();
  readonly #last = new Map<string, Task>();
  readonly #orphanSinceMs = new Map<string, number>();

  constructor(world: World, rules: Rules) {
    this.#world = world;
    this.#rules = rules;
  }

  intended({ id, attempt }: Dyno): void {
    this.#intents.add(`${id}/${attempt}`);
  }

  lastOf({ id }: Dyno): Task | undefined {
    return this.#last.get(id);
  }

  releasePhaseSucceeded(appId: string, version: number): boolean {
    return this.#succeeded.has(`${appId}/${version}`);
  }

  accepted(task: Task): void {
    const { dynoId, attempt, spec } = task;

    this.#last.set(dynoId, task);
    if (!this.#intents.has(`${dynoId}/${attempt}`)) {
      this.#rules.break('the intent is written before the effect', `${spec.name} (${dynoId}, attempt ${attempt})`);
    }
    for (const other of this.#world.cluster.tasksOf(task.appId)) {
      if (other === task || other.dynoId !== dynoId || other.state === 'stopped') continue;
      this.#rules.break(
        'never two live tasks for one dyno',
        `${spec.name} (${dynoId}): ${other.taskRef}, ${task.taskRef}`,
      );
    }
  }

  launched({ dynoId, spec, attempt }: Task): void {
    const times = (this.#launches.get(dynoId) ?? 0) + 1;
    this.#launches.set(dynoId, times);
    const runsOnce = !/\.[1-9]\d{0,2}$/.test(spec.name);
    if (times > 1 && runsOnce) {
      this.#rules.break(
        'what runs once is never restarted',
        `${spec.name} (${dynoId}) is launched again, attempt ${attempt}`,
      );
    }
  }

  exited(task: Task): void {
    const { exit, spec, appId, dynoId } = task;
    this.#world.coverage.exited(exit?.reason ?? 'none');
    if (spec.type !== 'release' || exit?.reason !== 'exited' || exit.status !== 0) return;
    const version = this.#world.store.get<Dyno>(dynoKey(appId, dynoId))?.value.releaseVersion;
    if (version !== undefined) this.#succeeded.add(`${appId}/${version}`);
  }

  stopAsked(task: Task): void {
    const { dynoId, appId, attempt, spec } = task;
    const record = this.#world.store.get<Dyno>(dynoKey(appId, dynoId))?.value;
    if (this.#world.routers.of(appId)?.dynos.some((target) => target.dynoId === dynoId) === true) {
      this.#rules.break('a dyno leaves the routes before it is stopped', `${spec.name} (${dynoId})`);
    }
    // An earlier decision may still be carried out; an app without any record was purged.
    const unreadable = this.#world.unreadable.has(`app#${appId}/app`) && this.#world.dynos(appId).length > 0;
    if (unreadable && record?.stopCause === undefined) {
      this.#rules.break('nothing is stopped while desired state cannot be read', `${spec.name} (${dynoId})`);
    }
    if (record === undefined || record.attempt !== attempt || record.state === 'crashed') return;
    if (record.stopCause === undefined && fieldsOf(record).outcome === undefined) {
      this.#rules.break('no dyno is stopped without a cause', `${spec.name} (${dynoId}) is ${record.state}`);
    }
  }

  /** What may be late but not forever, once nothing has gone wrong for a while. */
  minute(): void {
    const { agenda, calmMs, cluster, store } = this.#world;
    const { nowMs } = agenda;
    for (const task of cluster.live()) {
      const record = store.get<Dyno>(dynoKey(task.appId, task.dynoId))?.value;
      if (record?.attempt === task.attempt) {
        this.#orphanSinceMs.delete(task.taskRef);
        const ageMaxMs = AGE_MAX_MS + this.#world.clockErrorMs;
        const dueMs = Math.max(task.acceptedAtMs + ageMaxMs, (fieldsOf(record).recycleAtMs ?? 0) + 90 * MINUTE_MS);
        const cycled = this.#world.app(task.appId)?.dynoManager?.cycling !== false;
        if (calmMs > QUIET_MS && record.kind === 'formation' && cycled && nowMs > dueMs) {
          const days = (nowMs - task.acceptedAtMs) / DAY_MS;
          this.#rules.break('no dyno is older than 24 h + 216 min', `${record.name} is ${days.toFixed(2)} days old`);
        }
        if (calmMs > QUIET_MS && record.state === 'stopping' && nowMs - (record.stoppingAtMs ?? nowMs) > QUIET_MS) {
          this.#rules.break(
            'what is told to stop ends',
            `${record.name} (${record.id}) stops since ${record.stoppingAtMs}`,
          );
        }
        continue;
      }
      // No sweep reaches an app that cannot be read.
      const damaged = this.#world.isDamaged(task.appId);
      const sinceMs = damaged ? nowMs : (this.#orphanSinceMs.get(task.taskRef) ?? nowMs);
      this.#orphanSinceMs.set(task.taskRef, sinceMs);
      if (Math.min(calmMs, nowMs - sinceMs) > ORPHAN_MS && task.hiddenUntilMs <= nowMs) {
        this.#rules.break('no orphan lives past the sweep', `${task.spec.name} (${task.taskRef})`);
      }
    }
    if (calmMs > QUIET_MS) for (const appId of this.#world.appIds) this.#started(appId);
  }

  /** Each desired dyno gets its task: a refused or unanswered start is retried. */
  #started(appId: string): void {
    if (this.#world.isDamaged(appId)) return;
    const { nowMs } = this.#world.agenda;
    for (const { id, name, state, taskRef, createdAtMs, attempt } of this.#world.dynos(appId)) {
      if (state !== 'starting' || taskRef !== undefined || nowMs - createdAtMs < QUIET_MS) continue;
      this.#rules.break('what is wanted is started', `${name} (${id}, attempt ${attempt})`);
    }
  }
}
