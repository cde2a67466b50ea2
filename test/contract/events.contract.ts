import type { Events } from '../../core/ports/events.ts';
import { eventView, type PublishedEvent } from '../../core/records/domain-event.ts';

export interface OpenEvents {
  readonly events: Events;
  /** The events received by a subscriber so far, in the form of `eventView`. */
  received(): Promise<readonly unknown[]>;
  close(): Promise<void>;
  /** From now on nothing can be handed over; the error that says so. */
  break(): string;
}

export const releaseNumber = (version: number, description = 'Deploy'): PublishedEvent => ({
  id: `event-${version}`,
  entity: 'api:release',
  action: 'create',
  atMs: 1_767_225_600_000 + version * 1_000,
  app: { id: '01234567-89ab-4cde-8f01-23456789abcd', name: 'shop' },
  data: { id: `release-${version}`, version, description, status: 'succeeded' },
});

const BOUND_MS = 20_000;

export function eventsContract(name: string, open: () => Promise<OpenEvents>): void {
  describe(`${name} as Events`, () => {
    let opened: OpenEvents;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());

    const inOrder = (views: readonly unknown[]) => views.map((view) => JSON.stringify(view)).sort();
    async function expectReceived(published: readonly PublishedEvent[]): Promise<void> {
      const wanted = inOrder(published.map(eventView));
      const untilMs = Date.now() + BOUND_MS;
      let received = inOrder(await opened.received());
      while (received.length < wanted.length && Date.now() < untilMs) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        received = inOrder(await opened.received());
      }
      expect(received).toEqual(wanted);
    }

    test.each([
      { what: 'quotes and line breaks', description: 'a "b"\nc\\ \t' },
      { what: 'other letters', description: 'Größe 📦 テスト' },
      { what: 'a long text', description: 'x'.repeat(1_000) },
    ])('an event arrives as it was: $what', async ({ description }) => {
      const event = releaseNumber(1, description);
      await opened.events.publish([event]);
      await expectReceived([event]);
    });

    test('many at once all arrive', async () => {
      const many = Array.from({ length: 45 }, (_, version) => releaseNumber(version));
      await Promise.all([
        opened.events.publish(many.slice(0, 25)),
        ...many.slice(25).map((one) => opened.events.publish([one])),
      ]);
      await expectReceived(many);
    });

    test('where they cannot be handed over, whoever publishes them knows it', async () => {
      const error = opened.break();
      await expect(opened.events.publish([releaseNumber(1)])).rejects.toThrow(error);
    });

    test('nothing is nothing', async () => {
      await opened.events.publish([]);
      const one = releaseNumber(1);
      await opened.events.publish([one]);
      await expectReceived([one]);
    });
  });
}
