import { EcsRuntime } from '../../../../adapters/aws/ecs-runtime/ecs-runtime.ts';
import { openAttachToken } from '../../../../core/dyno/attach-token.ts';
import { openDynoLogToken } from '../../../../core/log/dyno-log-token.ts';
import { MINUTE_MS } from '../../../../core/time.ts';
import { image, tarball } from '../../../artifacts.ts';
import { AwsError } from '../aws-server.ts';
import { APP, DYNO, MACHINE, RuntimeBench, SETTINGS, SIGNER, spec, TASK } from './runtime-bench.ts';

let bench: RuntimeBench;
beforeEach(async () => {
  bench = await RuntimeBench.open();
});
afterEach(() => bench.close());

describe('start', () => {
  test('runs one task with the dyno’s token, place and settings, and shows no config var', async () => {
    expect(await bench.runtime.start(spec())).toEqual({ ok: true, taskRef: TASK });
    const [run] = bench.aws.inputs('RunTask');
    expect(run).toMatchObject({
      cluster: 'dynos',
      clientToken: `${DYNO}-1`,
      startedBy: `${DYNO}/1`,
      group: `app/${APP}/web`,
      capacityProviderStrategy: [{ capacityProvider: 'x86', weight: 1 }],
      placementStrategy: [
        { type: 'spread', field: 'attribute:ecs.availability-zone' },
        { type: 'binpack', field: 'memory' },
      ],
    });
    const [dyno] = run.overrides.containerOverrides;
    expect(dyno).toMatchObject({
      name: 'dyno',
      command: ['node server.js'],
      cpu: 64,
      memory: 1_024,
      memoryReservation: 512,
    });
    expect(dyno.environmentFiles[0].value).toMatch(
      new RegExp(`^arn:aws:s3:::config-bucket/config/${APP}/3-[0-9a-f]{32}\\.env$`),
    );
    const told = Object.fromEntries(
      dyno.environment.map(({ name, value }: { name: string; value: string }) => [name, value]),
    );
    expect(told).toMatchObject({ DYNO: 'web.1', PORT: '5000', MEMORY_AVAILABLE: '512' });
    expect(openDynoLogToken(SIGNER, told.DYNOFORM_LOG_TOKEN, bench.nowMs)).toEqual({
      appId: APP,
      dynoId: DYNO,
      name: 'web.1',
    });
    const told2 = JSON.stringify([
      run,
      bench.aws.inputs('RegisterTaskDefinition'),
      bench.aws.inputs('PutObject').map(({ path }) => path),
    ]);
    expect(told2).not.toContain('p4ssword');
    expect(bench.aws.inputs('PutObject')[0].headers).toMatchObject({
      'x-amz-server-side-encryption': 'aws:kms',
      'if-none-match': '*',
    });
  });

  test('the same attempt again answers the same task and runs nothing, however much later', async () => {
    await bench.runtime.start(spec());
    bench.nowMs += 30 * 60 * MINUTE_MS;
    expect(await new EcsRuntime(bench.parts).start(spec())).toEqual({ ok: true, taskRef: TASK });
    expect(bench.aws.inputs('RunTask')).toHaveLength(1);
  });

  test('fifty at once register one task definition and write one config object', async () => {
    await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        bench.runtime.start(spec({ dynoId: `22222222-0000-4000-8000-${String(n).padStart(12, '0')}` })),
      ),
    );
    expect(bench.aws.inputs('RunTask')).toHaveLength(50);
    expect(bench.aws.inputs('RegisterTaskDefinition')).toHaveLength(1);
    expect(bench.aws.inputs('PutObject')).toHaveLength(1);
  });

  test('an object that is there already is left as it is', async () => {
    bench.aws.answers.PutObject = () => {
      throw new AwsError('PreconditionFailed', 'exists', {}, 412);
    };
    expect(await bench.runtime.start(spec())).toMatchObject({ ok: true });
  });

  test('a dedicated size runs on Fargate, its output through a sidecar that knows the token', async () => {
    await bench.runtime.start(spec({ size: { name: 'Performance-M', memoryMiB: 2_560, processLimit: 16_384 } }));
    const [run] = bench.aws.inputs('RunTask');
    expect(run).toMatchObject({
      capacityProviderStrategy: [{ capacityProvider: 'FARGATE' }],
      networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'], assignPublicIp: 'ENABLED' } },
      overrides: { cpu: '2048', memory: '4096' },
    });
    expect(run.placementStrategy).toBeUndefined();
    expect(run.overrides.containerOverrides[1]).toMatchObject({
      name: 'log-router',
      environment: [{ name: 'DYNOFORM_LOG_TOKEN' }],
    });
    const [definition] = bench.aws.inputs('RegisterTaskDefinition');
    expect(definition).toMatchObject({ networkMode: 'awsvpc', requiresCompatibilities: ['FARGATE'] });
    expect(definition.containerDefinitions[0].dockerSecurityOptions).toBeUndefined();
  });

  test('the definition is hardened', async () => {
    await bench.runtime.start(spec());
    const [definition] = bench.aws.inputs('RegisterTaskDefinition');
    expect(definition.taskRoleArn).toBeUndefined();
    expect(definition.containerDefinitions).toHaveLength(1);
    expect(definition.containerDefinitions[0]).toMatchObject({
      image: `${SETTINGS.repositoryUri}@sha256:${'a'.repeat(64)}`,
      privileged: false,
      stopTimeout: 30,
      dockerSecurityOptions: ['no-new-privileges'],
      linuxParameters: { initProcessEnabled: true, maxSwap: 0, capabilities: { drop: ['ALL'] } },
      ulimits: [{ name: 'nofile', softLimit: 10_000, hardLimit: 10_000 }],
      logConfiguration: { logDriver: 'fluentd', options: { env: 'DYNOFORM_LOG_TOKEN' } },
    });
    expect(JSON.stringify(definition).length).toBeLessThan(64 * 1_024);
  });

  test('a one-off’s own environment and a command that ECS has no room for travel in a file of their own', async () => {
    const attach = { terminal: true, columns: 100, rows: 40 };
    const command = `echo ${'"'.repeat(4_000)}`;
    await bench.runtime.start(
      spec({ type: 'run', name: 'run.1', command, environment: { TOKEN: 'pr1vate' }, attach, logged: false }),
    );
    const [run] = bench.aws.inputs('RunTask');
    expect(run.startedBy).toBe(`${DYNO}/1/attach`);
    const [dyno] = run.overrides.containerOverrides;
    expect(dyno.command).toEqual(['']);
    expect(dyno.environmentFiles).toHaveLength(2);
    expect(JSON.stringify(run)).not.toContain('pr1vate');
    expect(JSON.stringify(run)).not.toContain('DYNOFORM_LOG_TOKEN');
    const told = Object.fromEntries(
      dyno.environment.map(({ name, value }: { name: string; value: string }) => [name, value]),
    );
    expect(told.DYNOFORM_TERMINAL).toBe('100x40');
    expect(openAttachToken(SIGNER, told.DYNOFORM_ATTACH_TOKEN, bench.nowMs)).toEqual({
      appId: APP,
      dynoId: DYNO,
      attempt: 1,
    });
  });

  test.each([
    {
      name: 'an archive as slug',
      changes: { slug: { id: 's', artifact: tarball('slugs/x.tgz'), checksum: '' } },
      reason: 'its slug is not an image made by a build',
    },
    {
      name: 'an architecture without machines',
      changes: { slug: { ...spec().slug, artifact: image({ architecture: 'arm64' }) } },
      reason: 'this installation has no machines of architecture arm64',
    },
    {
      name: 'a size that Fargate does not have',
      changes: { size: { name: 'Performance-2XL', memoryMiB: 129_024, processLimit: 1 } },
      reason: 'Performance-2XL needs 16 vCPUs and 126 GiB; Fargate offers at most 16 and 120',
    },
  ])('$name cannot be started, and no other attempt either', async ({ changes, reason }) => {
    expect(await bench.runtime.start(spec(changes))).toMatchObject({ ok: false, reason, retry: false });
    expect(bench.aws.inputs('RunTask')).toEqual([]);
  });

  test('config vars that cannot be opened are a failed start', async () => {
    const open = async () => {
      throw new Error('broken seal p4ssword');
    };
    const result = await bench.runtime.start(spec({ config: { version: 1, open } }));
    expect(result).toEqual({ ok: false, reason: 'its config vars cannot be opened', retry: true, unanswered: true });
  });

  test('no room is a failure that another attempt may not meet', async () => {
    bench.aws.answers.RunTask = () => ({ tasks: [], failures: [{ arn: MACHINE, reason: 'RESOURCE:MEMORY' }] });
    expect(await bench.runtime.start(spec())).toEqual({
      ok: false,
      reason: 'no machine has room for it (RESOURCE:MEMORY)',
      retry: true,
    });
  });

  test('a token that has made a task already adopts it', async () => {
    bench.aws.answers.RunTask = () => {
      throw new AwsError('ConflictException', 'token', { resourceIds: [TASK] });
    };
    expect(await bench.runtime.start(spec())).toEqual({ ok: true, taskRef: TASK });
    expect(await bench.observed()).toMatchObject({ taskRef: TASK, state: 'pending', attempt: 1 });
  });

  test('an answer that is lost is no answer: the same attempt will be asked for again', async () => {
    bench.aws.answers.RunTask = () => {
      throw new AwsError('ServerException', 'oops', {}, 500);
    };
    await expect(bench.runtime.start(spec())).rejects.toThrow('oops');
  });

  test('a definition that was removed behind our back is registered anew', async () => {
    bench.aws.answers.RunTask = () => {
      throw new AwsError('ClientException', 'TaskDefinition is inactive');
    };
    expect(await bench.runtime.start(spec())).toMatchObject({ ok: false, retry: true });
    await bench.runtime.start(spec({ attempt: 2 }));
    expect(bench.aws.inputs('RegisterTaskDefinition')).toHaveLength(2);
  });
});

describe('stop', () => {
  test('asks ECS, and takes what is gone or never was for done', async () => {
    await bench.runtime.stop(TASK, 30);
    expect(bench.aws.inputs('StopTask')).toMatchObject([{ cluster: 'dynos', task: TASK }]);
    bench.aws.answers.StopTask = () => {
      throw new AwsError('InvalidParameterException', 'The referenced task was not found.');
    };
    await bench.runtime.stop(TASK, 0);
    await bench.runtime.stop('no-such-task', 0);
    bench.aws.answers.StopTask = () => {
      throw new AwsError('ThrottlingException', 'Rate exceeded');
    };
    await expect(bench.runtime.stop(TASK, 30)).rejects.toThrow('Rate exceeded');
  });
});
