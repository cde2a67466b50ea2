import fc from 'fast-check';
import { refreshAcm, setAcm } from '../../../core/domain/acm.ts';
import { addDomain } from '../../../core/domain/add-domain.ts';
import { removeDomain } from '../../../core/domain/remove-domain.ts';
import { DomainWorld } from './domain-world.ts';
import { ISSUED } from './virtual-issuer.ts';

const NAMES = ['a.example.com', 'b.example.com', '*.example.net'];
const DAY_MS = 86_400_000;
const ROUNDS_TO_SETTLE = 8;

type Action =
  | { readonly kind: 'add' | 'remove'; readonly name: string }
  | { readonly kind: 'switch'; readonly on: boolean }
  | { readonly kind: 'refresh' | 'fail' | 'issue' | 'routed' | 'two at once' }
  | { readonly kind: 'step'; readonly afterMs: number };

const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ kind: fc.constantFrom('add', 'remove'), name: fc.constantFrom(...NAMES) }),
  fc.record({ kind: fc.constant('switch'), on: fc.boolean() }),
  fc.record({ kind: fc.constantFrom('refresh', 'fail', 'issue', 'routed', 'two at once') }),
  fc.record({ kind: fc.constant('step'), afterMs: fc.constantFrom(0, 60_000, 3_600_000) }),
);

async function act(world: DomainWorld, one: Action): Promise<void> {
  const { platform, app, issuer } = world;
  if (one.kind === 'add') await addDomain(platform, app.id, one.name);
  else if (one.kind === 'remove') await removeDomain(platform, app.id, one.name);
  else if (one.kind === 'switch') await setAcm(platform, app.id, one.on);
  else if (one.kind === 'refresh') await refreshAcm(platform, app.id);
  else if (one.kind === 'fail') issuer.all({ state: 'failed', reason: 'No' });
  else if (one.kind === 'issue') issuer.all(ISSUED);
  else if (one.kind === 'routed') await world.routed();
  else if (one.kind === 'two at once') await Promise.all([world.step(), world.step()]);
  else if (one.kind === 'step') await world.step(one.afterMs);
}

/** The issuer fails before or after an effect, or the process ends there: the step cannot tell these apart. */
function faults(world: DomainWorld, plan: readonly boolean[]): void {
  const left = [...plan];
  world.issuer.fault = () => {
    if (left.shift() === true) throw new Error('Rate exceeded');
  };
}

test('whatever happens on the way, each domain ends with one served certificate, and nothing else is left', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(action, { maxLength: 25 }),
      fc.array(fc.boolean(), { maxLength: 40 }),
      fc.boolean(),
      async (actions, plan, on) => {
        const world = await DomainWorld.open();
        try {
          faults(world, plan);
          for (const one of actions) await act(world, one);
          world.issuer.fault = () => {};
          await setAcm(world.platform, world.app.id, on);
          await refreshAcm(world.platform, world.app.id);
          await world.routed();
          for (let round = 0; round < ROUNDS_TO_SETTLE; round += 1) {
            await world.step(DAY_MS);
            world.issuer.all(ISSUED);
          }
          const hostnames = (await world.domains()).map(({ hostname }) => hostname).sort();
          expect([...world.issuer.served()].sort()).toEqual(on ? hostnames : []);
          expect(world.issuer.kept.size).toBe(on ? hostnames.length : 0);
          for (const { certificate, status } of await world.domains()) {
            expect(status).toBe('succeeded');
            expect(certificate?.status).toBe(on ? 'cert issued' : undefined);
          }
        } finally {
          world.fixture.close();
        }
      },
    ),
    { numRuns: 60 },
  );
});
