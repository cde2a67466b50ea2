import type { AttachableTask } from '../../core/dyno/attach-token.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { PassRequests } from '../../core/ports/pass-requests.ts';
import type { Store } from '../../core/ports/store.ts';
import { count, fields, text } from '../../core/records/checks.ts';
import { defineRecord } from '../../core/records/define-record.ts';
import { DAY_MS } from '../../core/time.ts';
import type { Probe } from '../../services/router/prober.ts';
import type { Background } from './background.ts';
import { type AttachedNote, attachedKey, listeningKey, probeKey } from './ecs-runtime/task-records.ts';

export interface ServiceNotesParts {
  readonly store: Store;
  readonly passRequests: PassRequests;
  readonly clock: Clock;
  readonly background: Background;
}

/** Longer than any dyno lives; the runtime removes the notes with their task. */
const NOTE_MS = 3 * DAY_MS;

/** What the services see of dynos and ECS cannot: that a dyno listens, that its client came, that the client left. */
export class ServiceNotes {
  readonly #parts: ServiceNotesParts;
  readonly #attached = new Map<string, AttachedNote>();
  #notes: Promise<unknown> = Promise.resolve();

  constructor(parts: ServiceNotesParts) {
    this.#parts = parts;
  }

  async probes(): Promise<readonly Probe[]> {
    const { partition } = probeKey({ appId: '', type: '', dynoId: '', attempt: 0 });
    const items = await this.#parts.store.list({ partition, prefix: '' });
    // An unreadable probe must not keep the others from being probed; the table drops it within the hour.
    return items.flatMap((item) => probeRecord.tryRead(item)?.value ?? []);
  }

  async listens(probe: Probe): Promise<void> {
    const { store, passRequests, clock } = this.#parts;
    const task = { ...probe, type: 'web' };
    const nowMs = clock.nowMs();
    await store.transact([
      { kind: 'put', key: listeningKey(task), value: { atMs: nowMs }, expect: 'any', expiresAtMs: nowMs + NOTE_MS },
      { kind: 'delete', key: probeKey(task), expect: 'any' },
    ]);
    passRequests.enqueue(probe.appId);
  }

  attached(task: AttachableTask): void {
    this.#note(task, { attachedAtMs: this.#parts.clock.nowMs() });
  }

  left(task: AttachableTask): void {
    const { nowMs } = this.#parts.clock;
    const attachedAtMs = this.#attached.get(nameOf(task))?.attachedAtMs ?? nowMs();
    this.#note(task, { attachedAtMs, leftAtMs: nowMs() });
    this.#attached.delete(nameOf(task));
  }

  #note(task: AttachableTask, note: AttachedNote): void {
    const { store, passRequests, clock, background } = this.#parts;
    this.#attached.set(nameOf(task), note);
    const key = attachedKey({ ...task, type: 'run' });
    const expiresAtMs = clock.nowMs() + NOTE_MS;
    // In order: the note that a client came must not overwrite the note that it left.
    const noted = this.#notes.then(() =>
      store.transact([{ kind: 'put', key, value: note, expect: 'any', expiresAtMs }]),
    );
    this.#notes = noted.catch(() => undefined);
    background.track(
      'could not record that a client attached or left',
      noted.then(() => passRequests.enqueue(task.appId)),
    );
  }
}

const probeRecord = defineRecord({
  noun: 'probe',
  version: 1,
  key: probeKey,
  shape: fields<Probe>({ appId: text, dynoId: text, attempt: count, host: text, port: count }),
});

const nameOf = ({ dynoId, attempt }: AttachableTask) => `${dynoId}#${attempt}`;
