import { type JobRun, putRun } from '../../core/records/job-run.ts';
import { runDueJobs } from '../core/scheduler/run-due-jobs.ts';
import { jobs } from '../core/scheduler/scheduler-fixture.ts';
import { missing, whole } from './answers.ts';
import { type ApiFixture, openApiFixture, type Principal, START_MS } from './api-fixture.ts';
import { deploy, logOf } from './deploy.ts';

const MINUTE = 60_000;
const JOBS = [
  { name: 'ten', schedule: '*/10 * * * *', command: 'bin/run', size: '2x', timeToLiveSeconds: 300 },
  {
    name: 'nightly',
    schedule: '30 2 * * *',
    timezone: 'Europe/Berlin',
    command: 'echo "\u001b[31mred"',
    catchUp: 'last',
  },
];

describe('the scheduler', () => {
  let fixture: ApiFixture;
  let me: Principal;
  beforeEach(async () => {
    fixture = await openApiFixture();
    me = await fixture.principal('me@example.com');
    await call('POST', '/apps', { name: 'shop' });
  });
  afterEach(() => {
    expect(fixture.reported).toEqual([]);
    fixture.close();
  });
  const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    fixture.request(method, path, { token: me.token, headers, ...(body === undefined ? {} : { body }) });
  const text = async (path: string) => {
    const answer = await call('GET', path, undefined, { accept: 'text/plain' });
    expect(answer.headers.get('content-type')).toBe('text/plain;charset=utf-8');
    return answer.text;
  };
  const release = (cron: readonly unknown[] = JOBS) =>
    deploy(fixture, me, 'shop', { processTypes: { web: 'npm start' }, cron: jobs(cron) });
  const appId = async (): Promise<string> => (await call('GET', '/apps/shop')).body.id;
  const tick = () => runDueJobs(fixture.platform);

  test('lists the jobs of the current release, right after a deploy', async () => {
    expect((await call('GET', '/apps/shop/scheduler/jobs')).body).toEqual([]);
    await release();
    const listed = await call('GET', '/apps/shop/scheduler/jobs');
    expect(listed.status).toBe(200);
    expect(listed.body).toEqual([
      {
        app: { id: expect.any(String), name: 'shop' },
        catch_up: 'last',
        command: 'echo "\u001b[31mred"',
        created_at: '2026-01-01T00:00:00Z',
        last_run: null,
        name: 'nightly',
        next_run_at: '2026-01-01T01:30:00Z',
        overlap: 'skip',
        schedule: '30 2 * * *',
        size: null,
        time_to_live: null,
        timezone: 'Europe/Berlin',
        updated_at: '2026-01-01T00:00:00Z',
      },
      {
        app: { id: expect.any(String), name: 'shop' },
        catch_up: 'none',
        command: 'bin/run',
        created_at: '2026-01-01T00:00:00Z',
        last_run: null,
        name: 'ten',
        next_run_at: '2026-01-01T00:10:00Z',
        overlap: 'skip',
        schedule: '*/10 * * * *',
        size: 'Standard-2X',
        time_to_live: 300,
        timezone: 'UTC',
        updated_at: '2026-01-01T00:00:00Z',
      },
    ]);
    await release([]);
    expect((await call('GET', '/apps/shop/scheduler/jobs')).body).toEqual([]);
  });

  test('a run by hand is a dyno, in the ledger, and asked for by its user', async () => {
    await release();
    fixture.clock.advance(90_000);
    fixture.logLines.length = 0;
    const created = await call('POST', '/apps/shop/scheduler/jobs/ten/runs');
    expect(created.status).toBe(201);
    expect(created.body).toEqual({
      app: { id: expect.any(String), name: 'shop' },
      cause: 'manual',
      count: 1,
      duration: null,
      dyno: { id: expect.any(String), name: expect.stringMatching(/^scheduler\.\d{4}$/), size: 'Standard-2X' },
      ended_at: null,
      exit_status: null,
      id: expect.any(String),
      job: 'ten',
      log_url: expect.stringMatching(/^http:\/\/localhost:5000\/logs\//),
      reason: null,
      scheduled_at: '2026-01-01T00:01:30Z',
      started_at: null,
      status: 'starting',
      until: null,
    });
    const [dyno] = (await call('GET', '/apps/shop/dynos')).body;
    expect(dyno).toMatchObject({ id: created.body.dyno.id, type: 'scheduler', command: 'bin/run', state: 'starting' });
    expect(logOf(fixture)).toEqual(['app[api]: Starting process with command `bin/run` by user me@example.com']);
    const [, ten] = (await call('GET', '/apps/shop/scheduler/jobs')).body;
    expect(ten.last_run).toMatchObject({ id: created.body.id, status: 'starting' });
    // The schedule continues independently.
    expect(ten.next_run_at).toBe('2026-01-01T00:10:00Z');
    expect(await call('POST', '/apps/shop/scheduler/jobs/ten/runs')).toMatchObject({
      status: 409,
      body: { id: 'conflict', message: `Job ten was not run: its run as ${created.body.dyno.name} has not ended.` },
    });
  });

  test('a link leads to the log of one run and no other', async () => {
    await release();
    const { body } = await call('POST', '/apps/shop/scheduler/jobs/ten/runs');
    const token = body.log_url.split('/').at(-1);
    const session = fixture.platform.signer.verify('logs', token, fixture.clock.nowMs());
    expect(JSON.parse(session ?? '')).toMatchObject({ filter: { process: body.dyno.name }, tail: false });
  });

  test('pages through a ledger by time', async () => {
    await release([{ name: 'minutely', schedule: '* * * * *', command: 'x', overlap: 'allow' }]);
    for (let minute = 0; minute < 5; minute += 1) {
      fixture.clock.advance(MINUTE);
      await tick();
    }
    const page = await call('GET', '/apps/shop/scheduler/jobs/minutely/runs', undefined, {
      range: 'scheduled_at ..; order=desc, max=2',
    });
    expect(page.status).toBe(206);
    expect(page.body.map((run: { scheduled_at: string }) => run.scheduled_at)).toEqual([
      '2026-01-01T00:05:00Z',
      '2026-01-01T00:04:00Z',
    ]);
    const rest = await call('GET', '/apps/shop/scheduler/jobs/minutely/runs', undefined, {
      range: page.headers.get('next-range') ?? '',
    });
    expect(rest.body.map((run: { scheduled_at: string }) => run.scheduled_at)).toEqual([
      '2026-01-01T00:03:00Z',
      '2026-01-01T00:02:00Z',
    ]);
  });

  test('tells all of a run that has ended, and of one that never had a dyno', async () => {
    await release();
    const dyno = { id: 'd1', name: 'scheduler.1234', size: 'Standard-2X' };
    const common = { appId: await appId(), job: 'ten', cause: 'schedule', createdAtMs: START_MS } as const;
    const runs: readonly JobRun[] = [
      { ...common, id: 'r1', scheduledAtMs: START_MS, outcome: { kind: 'refused', reason: 'no room' } },
      {
        ...common,
        id: 'r2',
        scheduledAtMs: START_MS + 10 * MINUTE,
        outcome: {
          kind: 'ended',
          dyno,
          startedAtMs: START_MS + 11 * MINUTE,
          endedAtMs: START_MS + 12 * MINUTE + 500,
          exitStatus: 3,
          reason: 'exited',
        },
      },
    ];
    await fixture.platform.store.transact(runs.map((run) => putRun(run, 'absent')));
    const shown = {
      app: { id: common.appId, name: 'shop' },
      cause: 'schedule',
      count: 1,
      duration: null,
      dyno: null,
      ended_at: null,
      exit_status: null,
      id: 'r1',
      job: 'ten',
      log_url: null,
      reason: 'no room',
      scheduled_at: '2026-01-01T00:00:00Z',
      started_at: null,
      status: 'failed',
      until: null,
    };
    const ended = {
      ...shown,
      duration: 60.5,
      dyno,
      ended_at: '2026-01-01T00:12:00Z',
      exit_status: 3,
      id: 'r2',
      log_url: expect.stringMatching(/^http:\/\/localhost:5000\/logs\//),
      reason: 'exit status 3',
      scheduled_at: '2026-01-01T00:10:00Z',
      started_at: '2026-01-01T00:11:00Z',
    };
    const path = '/apps/shop/scheduler/jobs/ten/runs';
    expect(whole(await call('GET', path))).toEqual({ status: 200, body: [shown, ended] });
    const [, ten] = (await call('GET', '/apps/shop/scheduler/jobs')).body;
    expect(ten.last_run).toEqual(ended);
    // A reader at a terminal gets the link of the newest run that had a dyno.
    await fixture.platform.store.transact([
      putRun({ ...(runs[0] as JobRun), id: 'r3', scheduledAtMs: START_MS + 20 * MINUTE }, 'absent'),
      putRun(
        {
          ...(runs[1] as JobRun),
          id: 'r4',
          scheduledAtMs: START_MS + 15 * MINUTE,
          outcome: { kind: 'started', dyno: { id: 'd4', name: 'scheduler.5678', size: 'Eco' } },
        },
        'absent',
      ),
    ]);
    const token = /http:\/\/localhost:5000\/logs\/(\S+)\n$/.exec(await text(path))?.[1] ?? '';
    const session = fixture.platform.signer.verify('logs', token, fixture.clock.nowMs());
    expect(JSON.parse(session ?? '')).toEqual({
      appId: common.appId,
      filter: { process: 'scheduler.5678' },
      lines: 1_500,
      tail: false,
    });
  });

  test('a reader at a terminal sees the newest twenty runs, a program sees all', async () => {
    await release();
    const common = { appId: await appId(), job: 'ten', cause: 'schedule', createdAtMs: START_MS } as const;
    const runs = Array.from({ length: 21 }, (_, index): JobRun => {
      const scheduledAtMs = START_MS + index * MINUTE;
      return { ...common, id: `r${index}`, scheduledAtMs, outcome: { kind: 'skipped', reason: `run ${index}` } };
    });
    await fixture.platform.store.transact(runs.map((run) => putRun(run, 'absent')));
    const path = '/apps/shop/scheduler/jobs/ten/runs';
    expect((await call('GET', path)).body).toHaveLength(21);
    const reasons = (await text(path)).match(/run \d+/g);
    expect(reasons).toEqual(Array.from({ length: 20 }, (_, index) => `run ${20 - index}`));
  });

  test('tells of missed runs, and keeps the ledger of a job that is gone', async () => {
    await release();
    await tick();
    fixture.clock.advance(35 * MINUTE);
    await tick();
    await release([]);
    const runs = await call('GET', '/apps/shop/scheduler/jobs/ten/runs');
    expect(runs.body).toMatchObject([
      {
        status: 'missed',
        count: 3,
        scheduled_at: '2026-01-01T00:10:00Z',
        until: '2026-01-01T00:30:00Z',
        log_url: null,
      },
    ]);
  });

  test.each(['GET', 'POST'])('%s: no such job, no such runs', async (method) => {
    await release();
    for (const name of ['nine', '%00', 'te', '...', 'ten%23']) {
      expect(whole(await call(method, `/apps/shop/scheduler/jobs/${name}/runs`))).toEqual(missing('job'));
    }
  });

  test('before any code is there is nothing to run', async () => {
    expect(whole(await call('POST', '/apps/shop/scheduler/jobs/ten/runs'))).toEqual(missing('job'));
  });

  describe('for curl', () => {
    test('an app without jobs is told how to have some', async () => {
      expect(await text('/apps/shop/scheduler')).toBe(
        'shop has no jobs. Declare them in the "cron" list of app.json and deploy.\n',
      );
    });

    test('the jobs are a table, and no command drives the terminal', async () => {
      await release();
      await tick();
      fixture.clock.advance(35 * MINUTE);
      await tick();
      const expected = [
        '=== shop jobs',
        '',
        'JOB      SCHEDULE      TIME ZONE      NEXT RUN              LAST RUN                        COMMAND',
        'nightly  30 2 * * *    Europe/Berlin  2026-01-01T01:30:00Z  -                               echo " [31mred"',
        'ten      */10 * * * *  UTC            2026-01-01T00:40:00Z  missed x3 2026-01-01T00:10:00Z  bin/run',
        '',
      ].join('\n');
      expect(await text('/apps/shop/scheduler')).toBe(expected);
      expect(await text('/apps/shop/scheduler/jobs')).toBe(expected);
      // curl's default header.
      const plain = await call('GET', '/apps/shop/scheduler', undefined, { accept: '*/*' });
      expect(plain.text).toBe(expected);
      const json = await call('GET', '/apps/shop/scheduler/jobs', undefined, { accept: '*/*' });
      expect(json.body).toHaveLength(2);
    });

    test('a ledger is a table, newest first, with the way to the log', async () => {
      await release();
      expect(await text('/apps/shop/scheduler/jobs/ten/runs')).toBe('Job ten of shop has not run yet.\n');
      fixture.clock.advance(10 * MINUTE);
      await tick();
      fixture.clock.advance(10 * MINUTE);
      await tick();
      const [dyno] = (await call('GET', '/apps/shop/dynos')).body;
      const lines = (await text('/apps/shop/scheduler/jobs/ten/runs')).split('\n');
      expect(lines.slice(0, 6)).toEqual([
        '=== shop runs of ten, newest first',
        '',
        'SCHEDULED             CAUSE     STATUS    STARTED  ENDED  DURATION  EXIT  DYNO            REASON',
        `2026-01-01T00:20:00Z  schedule  skipped   -        -      -         -     -               its run as ${dyno.name} has not ended`,
        `2026-01-01T00:10:00Z  schedule  starting  -        -      -         -     ${dyno.name}`,
        '',
      ]);
      expect(lines[6]).toMatch(/^Log of the newest run \(for a few minutes\): http:\/\/localhost:5000\/logs\/\S+$/);
    });
  });
});
