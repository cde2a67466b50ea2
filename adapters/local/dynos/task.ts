import type { DynoSpec, StartResult, TaskObservation } from '../../../core/ports/dyno-runtime.ts';
import type { TaskChange } from './messages.ts';

export type TaskSpec = Pick<DynoSpec, 'appId' | 'dynoId' | 'attempt' | 'name' | 'logged' | 'outputStreamId'>;

/** What the platform remembers of a task, so that observing needs no request. */
export class Task {
  readonly spec: TaskSpec;
  readonly waitsForClient: boolean;
  accepted: Promise<StartResult> = Promise.resolve({ ok: false, reason: 'not asked for', retry: true });
  /** The host knows it. */
  ordered = false;
  hasClient = false;
  #observed: TaskObservation;

  /** Keeps no config var and no environment. */
  constructor(taskRef: string, spec: TaskSpec & Pick<DynoSpec, 'attach'>, version = 1) {
    const { appId, dynoId, attempt, name, logged, outputStreamId, attach } = spec;
    this.spec = { appId, dynoId, attempt, name, logged, ...(outputStreamId === undefined ? {} : { outputStreamId }) };
    this.waitsForClient = attach !== undefined;
    this.#observed = {
      taskRef,
      appId,
      dynoId,
      attempt,
      version,
      state: 'pending',
      listening: false,
      graceExpired: false,
      hangUps: 0,
    };
  }

  get observation(): TaskObservation {
    return this.#observed;
  }

  get stopped(): boolean {
    return this.#observed.state === 'stopped';
  }

  change(change: TaskChange): void {
    this.#observed = { ...this.#observed, ...change, version: this.#observed.version + 1 };
  }
}
