import { setAcm } from '../../../core/domain/acm.ts';
import { addDomain } from '../../../core/domain/add-domain.ts';
import { certificateReconciler } from '../../../core/domain/certificate-reconciler.ts';
import { certificatesMarkKey } from '../../../core/records/domain.ts';
import { DomainWorld } from './domain-world.ts';

const SECOND = 1_000;

let world: DomainWorld;
beforeEach(async () => {
  world = await DomainWorld.open();
});
afterEach(() => world.fixture.close());

const reconciler = () => certificateReconciler({ platform: world.platform, certificates: world.issuer });
const pass = (deadlineMs?: number) => reconciler().pass(world.app.id, { deadlineMs, due: [] });

test('its items are of one app each, and a pass that fails is told of in these words', () => {
  const { name, failure, queue, quarantineMaxMs, idOf } = reconciler();
  expect([name, failure, queue, quarantineMaxMs]).toEqual([
    'certificates',
    'could not check its certificates',
    'certificates',
    300 * SECOND,
  ]);
  expect(idOf(certificatesMarkKey('app-1'))).toBe('app-1');
});

describe('the next pass', () => {
  test('is not needed where there is nothing to do', async () => {
    expect(await pass()).toEqual({ kind: 'done', nextPassInMs: Number.POSITIVE_INFINITY, failures: [] });
  });

  test('comes when the first domain wants it', async () => {
    await addDomain(world.platform, world.app.id, 'www.example.com');
    expect(await pass()).toMatchObject({ kind: 'done', nextPassInMs: SECOND });
    await setAcm(world.platform, world.app.id, true);
    await world.routed();
    expect(await pass()).toMatchObject({ kind: 'done', nextPassInMs: 60 * SECOND });
    world.fixture.clock.advance(20 * SECOND);
    expect(await pass()).toMatchObject({ kind: 'done', nextPassInMs: 40 * SECOND });
  });

  test('comes at once for what there was no time for', async () => {
    await addDomain(world.platform, world.app.id, 'www.example.com');
    expect(await pass(world.platform.clock.nowMs())).toMatchObject({ kind: 'done', nextPassInMs: 0 });
  });

  test('comes at once where somebody has asked for it meanwhile', async () => {
    await addDomain(world.platform, world.app.id, 'www.example.com');
    const { store } = world.platform;
    const { list } = store;
    store.list = async (query) => {
      store.list = list;
      await setAcm(world.platform, world.app.id, true);
      return store.list(query);
    };
    expect(await pass()).toEqual({ kind: 'repeat' });
    expect(await world.dueInMs()).toBe(0);
  });

  test('and the last one are kept in the mark', async () => {
    await addDomain(world.platform, world.app.id, 'www.example.com');
    world.fixture.clock.advance(SECOND);
    await pass();
    const nowMs = world.platform.clock.nowMs();
    expect((await world.platform.store.get(certificatesMarkKey(world.app.id)))?.value).toEqual({
      schemaVersion: 1,
      appId: world.app.id,
      lookAtMs: nowMs + SECOND,
      passedAtMs: nowMs,
    });
  });
});
