import fc from 'fast-check';
import { readAppManifest } from '../../../core/manifest/app-manifest.ts';
import { parseJobs } from '../../../core/manifest/cron-jobs.ts';

const entry = { schedule: '@hourly', command: 'bin/run' };
const whole = {
  name: 'bin-run',
  schedule: '@hourly',
  timezone: 'UTC',
  command: 'bin/run',
  overlap: 'skip',
  catchUp: 'none',
};

const NAME = 'name must be 1 to 63 letters, digits, dots, dashes and underscores, and begin with a letter or digit.';
const SECONDS = 'cron[1]: timeToLiveSeconds must be a whole number from 1 to 86400.';

describe('an entry of cron', () => {
  test.each([
    { name: 'needs a schedule and a command', given: {}, job: {} },
    { name: 'has a name', given: { name: 'Nightly_2.a-b' }, job: { name: 'Nightly_2.a-b' } },
    { name: 'has a time zone', given: { timezone: 'America/New_York' }, job: { timezone: 'America/New_York' } },
    { name: 'has a size, by any of its names', given: { size: '2x' }, job: { size: 'Standard-2X' } },
    { name: 'says what happens to runs that overlap', given: { overlap: 'replace' }, job: { overlap: 'replace' } },
    { name: 'may let runs overlap', given: { overlap: 'allow' }, job: { overlap: 'allow' } },
    { name: 'may say what goes without saying', given: { overlap: 'skip', catchUp: 'none' }, job: {} },
    { name: 'may have its last run caught up', given: { catchUp: 'last' }, job: { catchUp: 'last' } },
    { name: 'lives a second at least', given: { timeToLiveSeconds: 1 }, job: { timeToLiveSeconds: 1 } },
    { name: 'has a name of 63 letters', given: { name: `A${'b'.repeat(62)}` }, job: { name: `A${'b'.repeat(62)}` } },
    { name: 'has a name of one digit', given: { name: '7' }, job: { name: '7' } },
    {
      name: 'has a command of 4,096 characters, and is named after the first 63 of them',
      given: { command: 'x'.repeat(4_096) },
      job: { command: 'x'.repeat(4_096), name: 'x'.repeat(63) },
    },
    {
      name: 'has a name without dashes around it, however long its command is',
      given: { command: `./${'x'.repeat(61)} Now` },
      job: { command: `./${'x'.repeat(61)} Now`, name: 'x'.repeat(61) },
    },
    {
      name: 'has a schedule of 200 characters',
      given: { schedule: `${'1,'.repeat(95)}11 * * * *` },
      job: { schedule: `${'1,'.repeat(95)}11 * * * *` },
    },
    { name: 'says what happens to runs that were missed', given: { catchUp: 'all' }, job: { catchUp: 'all' } },
    { name: 'has an end', given: { timeToLiveSeconds: 86_400 }, job: { timeToLiveSeconds: 86_400 } },
    { name: 'is trimmed', given: { schedule: ' @hourly ', command: ' bin/run\n' }, job: {} },
    {
      name: 'is named after its command',
      given: { command: 'bundle exec rake "db:clean"' },
      job: { name: 'bundle-exec-rake-db-clean', command: 'bundle exec rake "db:clean"' },
    },
    { name: 'has some name in any case', given: { command: '~/ü' }, job: { name: 'job', command: '~/ü' } },
  ])('$name', ({ given, job }) => {
    const parsed = parseJobs([{ ...entry, ...given }]);
    expect(parsed).toEqual({ ok: true, value: [{ ...whole, ...job }] });
    // What is stored parses again: a build's outcome is not trusted unchecked.
    expect(parseJobs(parsed.ok ? parsed.value : undefined)).toEqual(parsed);
  });

  test.each([
    { name: 'a text', given: 'bin/run', error: 'cron[1]: it must be an object.' },
    { name: 'nothing', given: null, error: 'cron[1]: it must be an object.' },
    { name: 'a list', given: [], error: 'cron[1]: it must be an object.' },
    { name: 'an empty name', given: { ...entry, name: '' }, error: `cron[1] (""): ${NAME}` },
    { name: 'a dash at the beginning of its name', given: { ...entry, name: '-a' }, error: `cron[1] ("-a"): ${NAME}` },
    { name: 'a name that is no text', given: { ...entry, name: 7 }, error: `cron[1]: ${NAME}` },
    { name: 'half a second to live', given: { ...entry, timeToLiveSeconds: 1.5 }, error: SECONDS },
    {
      name: 'a command that is no text',
      given: { ...entry, command: 7 },
      error: 'cron[1]: command is missing: it must be a text.',
    },
    {
      name: 'a time zone that is no text',
      given: { ...entry, timezone: 2 },
      error: 'cron[1]: timezone is not known: use a name such as "Europe/Berlin" or "UTC".',
    },
    {
      name: 'no schedule',
      given: { command: 'x' },
      error: 'cron[1]: schedule is missing: it must be a text such as "*/10 * * * *" or "@daily".',
    },
    {
      name: 'a wrong schedule',
      given: { name: 'clean', schedule: '61 * * * *', command: 'x' },
      error:
        'cron[1] ("clean"): schedule "61 * * * *": minute "61" is not a number from 0 to 59, a range, a list or *.',
    },
    {
      name: 'an endless schedule',
      given: { ...entry, schedule: `${'1,'.repeat(96)}1 * * * *` },
      error: 'cron[1]: schedule must not be longer than 200 characters.',
    },
    { name: 'no command', given: { schedule: '@daily' }, error: 'cron[1]: command is missing: it must be a text.' },
    {
      name: 'an empty command',
      given: { ...entry, command: ' ' },
      error: 'cron[1]: command is missing: it must be a text.',
    },
    {
      name: 'an endless command',
      given: { ...entry, command: 'x'.repeat(4_097) },
      error: 'cron[1]: command must not be longer than 4096 characters.',
    },
    {
      name: 'a null byte',
      given: { ...entry, command: 'a\0b' },
      error: 'cron[1]: command must not contain a null byte.',
    },
    {
      name: 'an unknown time zone',
      given: { ...entry, timezone: 'Mars/Olympus' },
      error: 'cron[1]: timezone "Mars/Olympus" is not known: use a name such as "Europe/Berlin" or "UTC".',
    },
    {
      name: 'an offset',
      given: { ...entry, timezone: '+02:00' },
      error: 'cron[1]: timezone "+02:00" is not known: use a name such as "Europe/Berlin" or "UTC".',
    },
    { name: 'a path', given: { ...entry, timezone: '../../etc' }, error: /timezone/ },
    {
      name: 'a size that does not exist',
      given: { ...entry, size: 'huge' },
      error: 'cron[1]: size: size "huge" is not a dyno size.',
    },
    { name: 'a size that is no text', given: { ...entry, size: 2 }, error: 'cron[1]: size must be a text.' },
    {
      name: 'an unknown overlap',
      given: { ...entry, overlap: 'forbid' },
      error: 'cron[1]: overlap must be skip, allow, replace.',
    },
    {
      name: 'an unknown catch-up',
      given: { ...entry, catchUp: true },
      error: 'cron[1]: catchUp must be none, last, all.',
    },
    { name: 'no time to live', given: { ...entry, timeToLiveSeconds: 0 }, error: SECONDS },
    {
      name: 'a text as time to live',
      given: { ...entry, timeToLiveSeconds: '60' },
      error: SECONDS,
    },
    {
      name: 'more than a day to live',
      given: { ...entry, timeToLiveSeconds: 86_401 },
      error: SECONDS,
    },
    { name: 'a name with a path', given: { ...entry, name: '../x' }, error: `cron[1] ("../x"): ${NAME}` },
    { name: "a name with the ledger's separator", given: { ...entry, name: 'a#b' }, error: `cron[1] ("a#b"): ${NAME}` },
    {
      name: 'an endless name',
      given: { ...entry, name: 'x'.repeat(64) },
      error: `cron[1] ("${'x'.repeat(60)}"): ${NAME}`,
    },
    {
      name: 'a misspelt field',
      given: { ...entry, timeZone: 'UTC' },
      error:
        'cron[1]: "timeZone" is not a field: use name, schedule, timezone, command, size, overlap, catchUp, timeToLiveSeconds.',
    },
  ])('is refused with $name', ({ given, error }) => {
    const parsed = parseJobs([{ ...entry, name: 'first' }, given]);
    expect(parsed).toEqual({ ok: false, error: typeof error === 'string' ? error : expect.stringMatching(error) });
  });

  test('its name is its own', () => {
    expect(parseJobs([entry, { ...entry, schedule: '@daily' }])).toEqual({
      ok: false,
      error: 'cron[1]: name bin-run is already used by cron[0]. Give each its own name.',
    });
  });
});

/** Jobs whose record takes this many bytes. */
function jobsOf(bytes: number) {
  const jobs = Array.from({ length: 32 }, (_, index) => ({
    ...whole,
    name: `job-${index}`,
    command: 'x'.repeat(1_900),
  }));
  const missing = bytes - JSON.stringify(jobs).length;
  return jobs.map((job, index) => (index === 0 ? { ...job, command: job.command + 'x'.repeat(missing) } : job));
}

test('32 jobs of 64 KB together are what an app can have', () => {
  const cron = jobsOf(64 * 1_024);
  expect(parseJobs(cron)).toEqual({ ok: true, value: cron });
  expect(parseJobs(jobsOf(64 * 1_024 + 1))).toEqual({ ok: false, error: 'cron can hold at most 64 KB.' });
});

test.each([
  { name: 'an object', cron: {}, error: 'cron must be a list.' },
  { name: 'null', cron: null, error: 'cron must be a list.' },
  {
    name: 'too many entries',
    cron: Array.from({ length: 33 }, (_, index) => ({ ...entry, name: `job-${index}` })),
    error: 'cron has 33 entries: at most 32 are allowed.',
  },
  {
    name: 'too much text',
    cron: Array.from({ length: 32 }, (_, index) => ({ ...entry, name: `job-${index}`, command: 'x'.repeat(4_000) })),
    error: 'cron can hold at most 64 KB.',
  },
])('cron as $name is refused', ({ cron, error }) => {
  expect(parseJobs(cron)).toEqual({ ok: false, error });
});

describe('an app.json', () => {
  test.each([
    { name: 'of Heroku, without jobs', text: '{"name":"shop","env":{"A":{"required":true}}}', jobs: [], warnings: [] },
    {
      name: 'with a byte order mark',
      text: '\uFEFF{"cron":[{"schedule":"@daily","command":"x\uFEFFy"}]}',
      jobs: ['x\uFEFFy'],
      warnings: [],
    },
    { name: 'that is nothing', text: 'null', jobs: [], warnings: ['app.json is ignored: it is not a JSON object.'] },
    { name: 'that is a text', text: '"cron"', jobs: [], warnings: ['app.json is ignored: it is not a JSON object.'] },
    { name: 'that is empty', text: '', jobs: [], warnings: ['app.json is ignored: it is not valid JSON.'] },
    { name: 'that is a list', text: '[]', jobs: [], warnings: ['app.json is ignored: it is not a JSON object.'] },
    { name: 'with a comment', text: '{ // no\n}', jobs: [], warnings: ['app.json is ignored: it is not valid JSON.'] },
  ])('$name is read', ({ text, jobs, warnings }) => {
    const parsed = readAppManifest({ kind: 'file', text: text });
    expect(parsed).toMatchObject({ ok: true, value: { warnings } });
    expect(parsed.ok && parsed.value.jobs.map(({ command }) => command)).toEqual(jobs);
  });

  test.each([
    { text: '{"cron": [}', error: 'app.json is not valid JSON, so its jobs cannot be read.' },
    {
      text: '{"cron": [{}]}',
      error: 'app.json: cron[0]: schedule is missing: it must be a text such as "*/10 * * * *" or "@daily".',
    },
  ])('$text stops the build', ({ text, error }) => {
    expect(readAppManifest({ kind: 'file', text: text })).toEqual({ ok: false, error });
  });
});

test('whatever JSON it is, it is read or refused with a reason, and what is read stays the same', () => {
  const nearly = fc.record(
    {
      name: fc.oneof(fc.string(), fc.constant('a')),
      schedule: fc.oneof(fc.string(), fc.constantFrom('@daily', '0 0 * * 1', '*/5 * * * *')),
      timezone: fc.oneof(fc.string(), fc.constantFrom('UTC', 'Asia/Tokyo')),
      command: fc.string(),
      timeToLiveSeconds: fc.oneof(fc.integer(), fc.double()),
    },
    { requiredKeys: ['schedule', 'command'] },
  );
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.array(fc.oneof(nearly, fc.jsonValue()), { maxLength: 4 })), (cron) => {
      const parsed = parseJobs(cron);
      if (!parsed.ok) expect(parsed.error).toMatch(/\.$/);
      else expect(parseJobs(JSON.parse(JSON.stringify(parsed.value)))).toEqual(parsed);
    }),
    { numRuns: 500 },
  );
});
