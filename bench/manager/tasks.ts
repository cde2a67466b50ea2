import type {
  DynoRuntime,
  DynoSpec,
  Observations,
  RuntimeEvent,
  RuntimeEvents,
  TaskObservation,
} from '../../core/ports/dyno-runtime.ts';
import { SECOND_MS } from '../../core/time.ts';
import type { Agenda } from '../../test/simulation/agenda.ts';

const LAUNCH_MS = 2 * SECOND_MS;
const LISTEN_MS = SECOND_MS;
const EXIT_MS = SECOND_MS;
/** Stopped tasks are shown for this long. */
const SHOWN_MS = 600 * SECOND_MS;

/** Tasks that behave as expected, on a virtual clock. Observations are prepared: the cost of a runtime is not measured here. */
export class Tasks implements DynoRuntime, RuntimeEvents {
  readonly #agenda: Agenda;
  readonly #byApp = new Map<string, Map<string, TaskObservation>>();
  readonly #observations = new Map<string, Observations>();
  #listener: (event: RuntimeEvent) => void = () => undefined;
  #next = 0;
  starts = 0;
  stops = 0;
  observes = 0;
  events = 0;

  constructor(agenda: Agenda) {
    this.#agenda = agenda;
  }

  async start({ appId, dynoId, attempt, type }: DynoSpec): Promise<{ readonly ok: true; readonly taskRef: string }> {
    this.starts += 1;
    const taskRef = `${appId}/${++this.#next}`;
    const common = { taskRef, appId, dynoId, attempt, listening: false, graceExpired: false, hangUps: 0 } as const;
    this.#set({ ...common, version: 1, state: 'pending' });
    this.#agenda.after(LAUNCH_MS, 'task', () => {
      const launchedAtMs = this.#agenda.nowMs;
      this.#change(appId, taskRef, { state: 'running', launchedAtMs });
      if (type !== 'web') return;
      const address = { host: '10.0.0.1', port: this.#next };
      this.#agenda.after(LISTEN_MS, 'task', () => this.#change(appId, taskRef, { listening: true, address }));
    });
    return { ok: true, taskRef };
  }

  async stop(taskRef: string): Promise<void> {
    this.stops += 1;
    this.#agenda.after(EXIT_MS, 'task', () => this.exit(taskRef, 143));
  }

  observe(appId: string): Promise<Observations> {
    this.observes += 1;
    let seen = this.#observations.get(appId);
    if (seen === undefined) {
      seen = { complete: true, tasks: [...(this.#byApp.get(appId)?.values() ?? [])] };
      this.#observations.set(appId, seen);
    }
    return Promise.resolve(seen);
  }

  onEvent(listener: (event: RuntimeEvent) => void): void {
    this.#listener = listener;
  }

  running(appId: string): TaskObservation | undefined {
    return [...(this.#byApp.get(appId)?.values() ?? [])].find(({ state }) => state === 'running');
  }

  exit(taskRef: string, status: number): void {
    const [appId = ''] = taskRef.split('/');
    const exit = { status, reason: 'exited' } as const;
    this.#change(appId, taskRef, { state: 'stopped', stoppedAtMs: this.#agenda.nowMs, listening: false, exit });
    this.#agenda.after(SHOWN_MS, 'task', () => {
      this.#byApp.get(appId)?.delete(taskRef);
      this.#observations.delete(appId);
    });
  }

  #change(appId: string, taskRef: string, change: Partial<TaskObservation>): void {
    const task = this.#byApp.get(appId)?.get(taskRef);
    if (task !== undefined && task.state !== 'stopped') this.#set({ ...task, ...change, version: task.version + 1 });
  }

  #set(task: TaskObservation): void {
    let ofApp = this.#byApp.get(task.appId);
    if (ofApp === undefined) {
      ofApp = new Map();
      this.#byApp.set(task.appId, ofApp);
    }
    ofApp.set(task.taskRef, task);
    this.#observations.delete(task.appId);
    this.events += 1;
    this.#listener({ kind: 'task', appId: task.appId, dynoId: task.dynoId });
  }
}
