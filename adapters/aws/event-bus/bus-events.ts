import type { Events } from '../../../core/ports/events.ts';
import type { DomainEvent } from '../../../core/records/domain-event.ts';
import type { Background } from '../background.ts';

export interface BusEventsOptions {
  /** `putEvents`, whose code a function loads at the first event. Rejects when not all events were accepted. */
  readonly put: (events: readonly DomainEvent[]) => Promise<void>;
  readonly background: Background;
}

/** Publishes to the platform's EventBridge bus, all events of one turn of the event loop together. */
export class BusEvents implements Events {
  readonly #options: BusEventsOptions;
  #waiting: DomainEvent[] = [];

  constructor(options: BusEventsOptions) {
    this.#options = options;
  }

  publish(events: readonly DomainEvent[]): void {
    if (events.length === 0) return;
    if (this.#waiting.length === 0) {
      const sent = new Promise((resolve) => setImmediate(resolve)).then(() => this.#flush());
      this.#options.background.track('could not publish events', sent);
    }
    this.#waiting.push(...events);
  }

  #flush(): Promise<void> {
    const events = this.#waiting;
    this.#waiting = [];
    return this.#options.put(events);
  }
}
