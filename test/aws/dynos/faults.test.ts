import { randomUUID } from 'node:crypto';
import type { DynoSpec, TaskObservation } from '../../../core/ports/dyno-runtime.ts';
import { spec as anySpec } from '../../adapters/aws/ecs-runtime/runtime-bench.ts';
import { image } from '../../artifacts.ts';
import { until } from '../../contract/until.ts';
import { Account } from './account.ts';
import { pushSlug } from './slug-image.ts';
import { openWorkbench, type Workbench } from './workbench.ts';

jest.setTimeout(180_000);
let account: Account;
let slug: DynoSpec['slug'];
let bench: Workbench;

beforeAll(async () => {
  account = await Account.open();
  slug = pushSlug(account);
}, 180_000);
afterAll(() => account.close());
beforeEach(async () => {
  bench = await openWorkbench(account);
});
afterEach(async () => {
  account.order();
  await bench.close();
});

const spec = (changes: Partial<DynoSpec> = {}): DynoSpec =>
  anySpec({ dynoId: randomUUID(), slug, type: 'worker', name: 'worker.1', command: 'echo up; sleep 60', ...changes });
const task = (wanted: DynoSpec, is: (seen: TaskObservation) => boolean): Promise<TaskObservation> =>
  until(async () =>
    (await bench.runtime.observe(wanted.appId)).tasks.find((seen) => seen.attempt === wanted.attempt && is(seen)),
  );

test.each([
  { fault: { kind: 'refuse', reason: 'RESOURCE:MEMORY' }, reason: 'no machine has room for it (RESOURCE:MEMORY)' },
  { fault: { kind: 'refuse', reason: 'AGENT' }, reason: 'no machine has room for it (AGENT)' },
  {
    fault: { kind: 'error', code: 'ClientException', message: 'Capacity is unavailable at this time.' },
    reason: 'no machine has room for it',
  },
  {
    fault: { kind: 'error', code: 'ThrottlingException', message: 'Rate exceeded' },
    reason: 'AWS is throttling starts',
  },
])('RunTask refuses ($fault.reason$fault.message): another attempt runs', async ({ fault, reason }) => {
  // The SDK itself tries a throttled call three times.
  account.order({ at: 'run', times: fault.code === 'ThrottlingException' ? 3 : 1, ...fault });
  const first = spec();
  expect(await bench.runtime.start(first)).toMatchObject({ ok: false, retry: true, reason });
  const second = { ...first, attempt: 2 };
  expect(await bench.runtime.start(second)).toMatchObject({ ok: true });
  await task(second, ({ state }) => state === 'running');
  expect((await bench.runtime.observe(first.appId)).tasks).toHaveLength(1);
});

test('an image that cannot be pulled is a failed start, in words', async () => {
  account.order({ at: 'launch', kind: 'cannot-pull' });
  const wanted = spec();
  await bench.runtime.start(wanted);
  const { exit, launchedAtMs } = await task(wanted, ({ state }) => state === 'stopped');
  expect(exit?.reason).toBe('start-failed');
  expect(exit?.detail).toMatch(/^the image of its slug is no longer in the registry: deploy again \(/);
  expect(launchedAtMs).toBeUndefined();
});

test('an image that really is not there is told in the same words', async () => {
  const wanted = spec({ slug: { ...slug, artifact: image({ digest: `sha256:${'0'.repeat(64)}` }) } });
  await bench.runtime.start(wanted);
  const { exit } = await task(wanted, ({ state }) => state === 'stopped');
  expect(exit).toMatchObject({
    reason: 'start-failed',
    detail: expect.stringMatching(/^the image of its slug is no longer in the registry: deploy again \(/),
  });
});

test('a task that DescribeTasks does not know yet is pending, not gone', async () => {
  account.order({ at: 'run', kind: 'hidden', seconds: 3 });
  const wanted = spec();
  await bench.runtime.start(wanted);
  expect(await bench.runtime.observe(wanted.appId)).toMatchObject({ tasks: [{ attempt: 1 }] });
  await task(wanted, ({ state }) => state === 'running');
});

test.each([
  { kind: 'spot', hostFault: 'spot-notice' },
  { kind: 'retire', hostFault: 'retiring' },
])('a machine that is to go ($kind) is its fault and no exit of the app', async ({ kind, hostFault }) => {
  const wanted = spec({ command: `trap 'sleep 2; exit 0' TERM; echo up; while :; do sleep 0.05; done` });
  await bench.runtime.start(wanted);
  await until(async () => bench.lines.find(({ message }) => message === 'up'));
  account.order({ at: 'live', kind });
  expect(await task(wanted, (seen) => seen.hostFault !== undefined)).toMatchObject({ state: 'running', hostFault });
  expect(await task(wanted, ({ state }) => state === 'stopped')).toMatchObject({ exit: { reason: 'lost' } });
});
