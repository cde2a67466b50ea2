import type { Events } from '../../core/ports/events.ts';
import type { DomainEvent, PublishedEvent, ReleaseData } from '../../core/records/domain-event.ts';

/** A line in the terminal of `npm start` for each push that has ended, and for each crash. */
export class Activity implements Events {
  readonly #events: Events;
  readonly #say: (line: string) => void;
  /** The newest release of each app, for the build that became it: its event comes first. */
  readonly #releases = new Map<string, ReleaseData>();

  constructor(events: Events, say: (line: string) => void) {
    this.#events = events;
    this.#say = say;
  }

  async publish(events: readonly PublishedEvent[]): Promise<void> {
    await this.#events.publish(events);
    for (const event of events) {
      if (event.entity === 'api:release' && event.action === 'create') this.#releases.set(event.app.id, event.data);
      const text = this.#text(event);
      if (text !== undefined) this.#say(`${clockTime(event.atMs)} ${event.app.name}: ${text}`);
    }
  }

  #text(event: DomainEvent): string | undefined {
    if (event.action === 'create') return undefined;
    const { name } = event.app;
    switch (event.entity) {
      case 'api:build': {
        if (event.data.status === 'failed')
          return `the build failed (heroku logs -a ${name} has the address of its output)`;
        const release = this.#releases.get(event.app.id);
        if (release === undefined || release.id !== event.data.release?.id) return 'deployed';
        const { version, status } = release;
        return status === 'pending' ? `built as v${version}; its release command runs` : `deployed as v${version}`;
      }
      case 'api:release':
        return event.data.status === 'failed'
          ? `the release command of v${event.data.version} failed; the app stays on its current release (heroku releases:output -a ${name})`
          : `the release command of v${event.data.version} succeeded`;
      case 'dyno':
        return event.data.state === 'crashed'
          ? `${event.data.name} crashed (heroku logs -a ${name} --dyno-name ${event.data.name})`
          : undefined;
    }
  }
}

const clockTime = (atMs: number): string => new Date(atMs).toTimeString().slice(0, 8);
