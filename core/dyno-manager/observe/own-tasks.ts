import type { TaskObservation } from '../../ports/dyno-runtime.ts';
import type { Dyno } from '../../records/dyno.ts';

/**
 * Finds the newest observation of each dyno's own attempt; observations come in any order. Used for every dyno in every pass, so
 * the usual case of one attempt per dyno builds no keys.
 */
export class OwnTasks {
  readonly #newest = new Map<string, TaskObservation>();
  readonly #tasks: readonly TaskObservation[];

  constructor(tasks: readonly TaskObservation[]) {
    this.#tasks = tasks;
    for (const task of tasks) {
      const known = this.#newest.get(task.dynoId);
      if (known === undefined || isNewer(task, known)) this.#newest.set(task.dynoId, task);
    }
  }

  of({ id, attempt }: Pick<Dyno, 'id' | 'attempt'>): TaskObservation | undefined {
    const newest = this.#newest.get(id);
    if (newest === undefined || newest.attempt === attempt) return newest;
    let own: TaskObservation | undefined;
    for (const task of this.#tasks) {
      if (task.dynoId !== id || task.attempt !== attempt) continue;
      if (own === undefined || isNewer(task, own)) own = task;
    }
    return own;
  }
}

function isNewer(left: TaskObservation, right: TaskObservation): boolean {
  return left.attempt === right.attempt ? left.version > right.version : left.attempt > right.attempt;
}
