import { stopOrphans } from '../../../../adapters/aws/ecs-runtime/list-orphans.ts';
import { AwsError } from '../aws-server.ts';
import { DYNO, RuntimeBench, running, TASK } from './runtime-bench.ts';

let bench: RuntimeBench;
beforeEach(async () => {
  bench = await RuntimeBench.open();
});
afterEach(() => bench.close());

describe('the orphan sweep', () => {
  const sweep = () =>
    stopOrphans({ ecs: bench.parts.ecs, store: bench.store, clock: bench.parts.clock, cluster: 'dynos' });

  test('stops old tasks of dynos that nobody has recorded, and nothing else', async () => {
    const named = (n: number, changes: object = {}) => ({
      ...running({ taskArn: `${TASK}${n}`, startedBy: `${DYNO}/${n}`, createdAt: 0 }),
      ...changes,
    });
    const tasks = [named(1), named(2), named(3, { createdAt: 999 }), named(4, { group: 'service:router' })];
    await bench.event(named(2));
    bench.aws.answers.ListTasks = () => ({ taskArns: tasks.map(({ taskArn }) => taskArn) });
    bench.aws.answers.DescribeTasks = () => ({ tasks });
    expect(await sweep()).toBe(1);
    expect(bench.aws.inputs('StopTask')).toMatchObject([{ task: `${TASK}1` }]);
  });

  test('stops twenty at a time: stops share their rate with all starts', async () => {
    const tasks = Array.from({ length: 25 }, (_, n) =>
      running({ taskArn: `${TASK}${n}`, startedBy: `${DYNO}/${n}`, createdAt: 0 }),
    );
    bench.aws.answers.ListTasks = () => ({ taskArns: tasks.map(({ taskArn }) => taskArn) });
    bench.aws.answers.DescribeTasks = () => ({ tasks });
    expect(await sweep()).toBe(20);
    expect(bench.aws.inputs('StopTask')).toHaveLength(20);
  });

  test('reads one page at a time and goes on where it was', async () => {
    bench.aws.answers.ListTasks = ({ nextToken }) => ({
      taskArns: [],
      ...(nextToken === undefined ? { nextToken: 'two' } : {}),
    });
    await sweep();
    await sweep();
    await sweep();
    expect(bench.aws.inputs('ListTasks').map(({ nextToken }) => nextToken)).toEqual([undefined, 'two', undefined]);
  });

  const refuse = (name: string) => () => {
    throw new AwsError(name, 'refused');
  };

  test('a place to go on at that ECS no longer knows: the next sweep begins anew', async () => {
    bench.aws.answers.ListTasks = () => ({ taskArns: [], nextToken: 'two' });
    await sweep();
    bench.aws.answers.ListTasks = refuse('InvalidParameterException');
    expect(await sweep()).toBe(0);
    bench.aws.answers.ListTasks = () => ({ taskArns: [] });
    await sweep();
    expect(bench.aws.inputs('ListTasks').at(-1)).not.toHaveProperty('nextToken');
  });

  test('another refusal is an error, and the next sweep goes on at the same place', async () => {
    bench.aws.answers.ListTasks = () => ({ taskArns: [], nextToken: 'two' });
    await sweep();
    bench.aws.answers.ListTasks = refuse('AccessDeniedException');
    await expect(sweep()).rejects.toThrow('refused');
    bench.aws.answers.ListTasks = () => ({ taskArns: [] });
    await sweep();
    expect(bench.aws.inputs('ListTasks').at(-1)).toMatchObject({ nextToken: 'two' });
  });

  test('a refusal of the first page is an error, whatever ECS calls it', async () => {
    bench.aws.answers.ListTasks = refuse('InvalidParameterException');
    await expect(sweep()).rejects.toThrow('refused');
  });
});
