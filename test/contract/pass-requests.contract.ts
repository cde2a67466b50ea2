import fc from 'fast-check';
import type { PassRequests } from '../../core/ports/pass-requests.ts';

export interface OpenPassRequests {
  readonly passRequests: PassRequests;
  /** The one consumer. A rejected promise means: retry with back-off. */
  handle(handler: (appId: string) => Promise<void>): void;
  close(): Promise<void>;
}

/** A handler whose runs end when the test says so. */
class Gate {
  readonly started: string[] = [];
  readonly #waiting: { appId: string; open: () => void }[] = [];

  readonly handler = (appId: string): Promise<void> => {
    this.started.push(appId);
    return new Promise((resolve) => this.#waiting.push({ appId, open: resolve }));
  };

  openAll(): void {
    for (const { open } of this.#waiting.splice(0)) open();
  }
}

const turns = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
};

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 1_000 && !condition(); i++) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(condition()).toBe(true);
}

export function passRequestsContract(name: string, open: () => OpenPassRequests): void {
  describe(`${name}: nudges contract`, () => {
    let passRequests: PassRequests;
    let handle: OpenPassRequests['handle'];
    let close: () => Promise<void>;
    let gate: Gate;

    beforeEach(() => {
      ({ passRequests, handle, close } = open());
      gate = new Gate();
    });
    afterEach(async () => {
      gate.openAll();
      await close();
    });

    test('a nudge runs the handler, also one that came before the handler', async () => {
      passRequests.enqueue('early');
      handle(gate.handler);
      passRequests.enqueue('later');
      expect(gate.started).toEqual([]);
      await until(() => gate.started.length === 2);
      expect(gate.started).toEqual(['early', 'later']);
    });

    test('nudges that wait are one, and any number during a run make exactly one more', async () => {
      handle(gate.handler);
      for (let i = 0; i < 5; i++) passRequests.enqueue('a');
      await until(() => gate.started.length === 1);
      for (let i = 0; i < 5; i++) passRequests.enqueue('a');
      await turns(5);
      expect(gate.started).toEqual(['a']);
      gate.openAll();
      await until(() => gate.started.length === 2);
      gate.openAll();
      await turns(20);
      expect(gate.started).toEqual(['a', 'a']);
    });

    test('a slow app does not hold up the others', async () => {
      handle(gate.handler);
      passRequests.enqueue('slow');
      await until(() => gate.started.length === 1);
      passRequests.enqueue('b');
      passRequests.enqueue('c');
      await until(() => gate.started.length === 3);
      expect(gate.started).toEqual(['slow', 'b', 'c']);
    });

    test('a handler that fails runs again by itself, and other apps do not notice', async () => {
      const runs: string[] = [];
      handle(async (appId) => {
        runs.push(appId);
        if (appId === 'poison' && runs.filter((run) => run === 'poison').length < 3) throw new Error('not yet');
      });
      passRequests.enqueue('poison');
      passRequests.enqueue('b');
      await until(() => runs.length === 4);
      expect([...runs].sort()).toEqual(['b', 'poison', 'poison', 'poison']);
    });

    test('a delayed nudge comes later, the earliest wins, and one at once does not wait for it', async () => {
      handle(async (appId) => {
        gate.started.push(appId);
      });
      passRequests.enqueue('a', 3_600_000);
      passRequests.enqueue('b', 3_600_000);
      passRequests.enqueue('b', 30);
      passRequests.enqueue('b', 3_600_000);
      passRequests.enqueue('c', 1);
      passRequests.enqueue('c', 3_600_000);
      expect(gate.started).toEqual([]);
      await until(() => gate.started.length === 2);
      expect([...gate.started].sort()).toEqual(['b', 'c']);
      passRequests.enqueue('a');
      await until(() => gate.started.length === 3);
      expect(gate.started[2]).toBe('a');
    });

    test('after the last change of an app its handler has seen it, and runs of one app never overlap', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.record({ app: fc.constantFrom('a', 'b', 'c'), turns: fc.nat(3) }), { maxLength: 60 }),
          fc.infiniteStream(fc.nat(3)),
          async (changes, durations) => {
            const opened = open();
            const desired = new Map<string, number>();
            const seen = new Map<string, number>();
            const running = new Set<string>();
            let overlaps = 0;
            opened.handle(async (appId) => {
              if (running.has(appId)) overlaps += 1;
              running.add(appId);
              const read = desired.get(appId) ?? 0;
              await turns(durations.next().value ?? 0);
              seen.set(appId, read);
              running.delete(appId);
            });
            for (const change of changes) {
              desired.set(change.app, (desired.get(change.app) ?? 0) + 1);
              opened.passRequests.enqueue(change.app);
              await turns(change.turns);
            }
            await until(() => [...desired].every(([app, value]) => seen.get(app) === value));
            await opened.close();
            expect(overlaps).toBe(0);
          },
        ),
        { numRuns: 40 },
      );
    });
  });
}
