import { HOUR_MS, MINUTE_MS } from '../../../../core/time.ts';
import { AwsError } from '../aws-server.ts';
import { APP, CLUSTER, DYNO, MACHINE, RuntimeBench, running, spec, TASK } from './runtime-bench.ts';

let bench: RuntimeBench;
beforeEach(async () => {
  bench = await RuntimeBench.open();
});
afterEach(() => bench.close());

describe('observe', () => {
  test('a task that ECS does not know yet is pending, and lost when it still does not after minutes', async () => {
    await bench.runtime.start(spec());
    expect(await bench.runtime.observe(APP)).toMatchObject({
      complete: true,
      tasks: [{ state: 'pending', listening: false }],
    });
    bench.nowMs += 6 * MINUTE_MS;
    expect(await bench.observed()).toMatchObject({ state: 'stopped', exit: { reason: 'lost' } });
  });

  test('what DescribeTasks cannot say leaves the look incomplete', async () => {
    await bench.runtime.start(spec());
    bench.aws.answers.DescribeTasks = () => {
      throw new AwsError('ThrottlingException', 'Rate exceeded');
    };
    expect(await bench.runtime.observe(APP)).toMatchObject({ complete: false, tasks: [{ state: 'pending' }] });
  });

  test('machines that cannot be read leave the look incomplete: whose address is not known may well serve', async () => {
    await bench.runtime.start(spec());
    bench.aws.answers.DescribeTasks = () => ({ tasks: [running()] });
    bench.aws.answers.DescribeContainerInstances = () => {
      throw new AwsError('ThrottlingException', 'Rate exceeded');
    };
    const look = await bench.runtime.observe(APP);
    expect(look).toMatchObject({ complete: false, tasks: [{ state: 'running' }] });
    expect(look.tasks[0]?.address).toBeUndefined();
  });

  test('a running web dyno has an address, is handed to the routers’ probes, and listens when one says so', async () => {
    await bench.runtime.start(spec());
    bench.aws.answers.DescribeTasks = () => ({ tasks: [running()], failures: [] });
    expect(await bench.observed()).toMatchObject({
      state: 'running',
      listening: false,
      launchedAtMs: 1_000_000,
      address: { host: '10.0.0.9', port: 49_160 },
    });
    const probes = await bench.store.list({ partition: 'probes', prefix: '' });
    expect(probes.map(({ value }) => value)).toEqual([
      { appId: APP, dynoId: DYNO, attempt: 1, host: '10.0.0.9', port: 49_160 },
    ]);
    const key = { partition: `tasks#${APP}`, sort: `listening#${DYNO}#1` };
    await bench.store.transact([{ kind: 'put', key, value: {}, expect: 'absent' }]);
    expect(await bench.observed()).toMatchObject({ state: 'running', listening: true });
    expect(await bench.store.list({ partition: 'probes', prefix: '' })).toEqual([]);
    expect(bench.aws.inputs('DescribeInstances')).toHaveLength(1);
  });

  test('an answer of ECS that is older than what an event has told changes nothing', async () => {
    await bench.runtime.start(spec());
    await bench.event(running({ version: 9, startedAt: new Date(1_000_000).toISOString() }));
    const { startedAt: _, ...pending } = running({ version: 3, lastStatus: 'PENDING' });
    bench.aws.answers.DescribeTasks = () => ({ tasks: [pending], failures: [] });
    expect(await bench.observed()).toMatchObject({ state: 'running', launchedAtMs: 1_000_000 });
  });

  test('a machine that drains is a fault of the host', async () => {
    await bench.runtime.start(spec());
    bench.aws.answers.DescribeTasks = () => ({ tasks: [running()] });
    bench.aws.answers.DescribeContainerInstances = () => ({
      containerInstances: [{ containerInstanceArn: MACHINE, ec2InstanceId: 'i-1', status: 'DRAINING' }],
    });
    expect(await bench.observed()).toMatchObject({ state: 'running', hostFault: 'draining' });
  });

  test.each([
    { name: 'within half a minute', passMs: 29_000, isSeen: false },
    { name: 'after half a minute', passMs: 30_000, isSeen: true },
    { name: 'at once after the clock was set back by an hour', passMs: -HOUR_MS, isSeen: true },
  ])('a machine is asked again whether it drains: $name, $isSeen', async ({ passMs, isSeen }) => {
    bench.nowMs = Date.UTC(2026, 0, 1);
    await bench.runtime.start(spec());
    bench.aws.answers.DescribeTasks = () => ({ tasks: [running()] });
    await bench.observed();
    bench.aws.answers.DescribeContainerInstances = () => ({
      containerInstances: [{ containerInstanceArn: MACHINE, ec2InstanceId: 'i-1', status: 'DRAINING' }],
    });
    bench.nowMs += passMs;
    expect((await bench.observed())?.hostFault).toBe(isSeen ? 'draining' : undefined);
  });

  test('an attached one-off waits for its client, whoever told of it first', async () => {
    const attach = { terminal: false, columns: 80, rows: 24 };
    await bench.event(running({ startedBy: `${DYNO}/1/attach`, group: `app/${APP}/run` }));
    await bench.runtime.start(spec({ type: 'run', attach }));
    const waiting = await bench.observed();
    expect(waiting).toMatchObject({ state: 'awaiting-client' });
    expect(waiting?.launchedAtMs).toBeUndefined();
    const key = { partition: `tasks#${APP}`, sort: `attached#${DYNO}#1` };
    await bench.store.transact([{ kind: 'put', key, value: { attachedAtMs: 2_000_000 }, expect: 'absent' }]);
    expect(await bench.observed()).toMatchObject({ state: 'running', launchedAtMs: 2_000_000 });
  });

  test('one that no client came for ends as such', async () => {
    await bench.event(
      running({
        startedBy: `${DYNO}/1/attach`,
        lastStatus: 'STOPPED',
        stopCode: 'EssentialContainerExited',
        containers: [{ name: 'dyno', exitCode: 128 }],
      }),
    );
    expect(await bench.observed()).toMatchObject({ state: 'stopped', exit: { status: 128, reason: 'attach-timeout' } });
  });

  test('a task that ended long ago is neither shown nor kept', async () => {
    await bench.event(
      running({
        lastStatus: 'STOPPED',
        stopCode: 'UserInitiated',
        stoppedAt: '1970-01-01T00:16:40Z',
        containers: [{ name: 'dyno', exitCode: 143 }],
      }),
    );
    expect(await bench.observed()).toMatchObject({ state: 'stopped', exit: { status: 143, reason: 'exited' } });
    bench.nowMs += 11 * MINUTE_MS;
    expect(await bench.runtime.observe(APP)).toEqual({ complete: true, tasks: [] });
    expect(await bench.store.list({ partition: `tasks#${APP}`, prefix: '' })).toEqual([]);
    expect(await bench.runtime.start(spec())).toEqual({ ok: true, taskRef: TASK });
    expect(bench.aws.inputs('RunTask')).toEqual([]);
  });
});

describe('events', () => {
  test('the newest version wins, whatever order they come in, and only news is worth a look', async () => {
    await bench.event(running({ version: 5 }));
    await bench.event(running({ version: 3, lastStatus: 'PENDING' }));
    await bench.event(running({ version: 5 }));
    expect(bench.nudged).toEqual([APP]);
    expect(await bench.observed()).toMatchObject({ state: 'running' });
  });

  test.each([
    { name: 'another cluster', detail: running({ clusterArn: `${CLUSTER}-other` }) },
    { name: 'a service', detail: running({ group: 'service:router', startedBy: 'ecs-svc/1' }) },
    { name: 'no task', detail: { taskArn: TASK } },
    { name: 'nothing', detail: null },
    { name: 'somebody’s names', detail: running({ group: 'app/../web' }) },
  ])('of $name are ignored', async ({ detail }) => {
    await bench.event(detail);
    expect(bench.nudged).toEqual([]);
  });
});
