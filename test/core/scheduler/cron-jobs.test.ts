import fc from 'fast-check';
import { parseAppManifest, parseJobs } from '../../../core/scheduler/cron-jobs.ts';

const entry = { schedule: '@hourly', command: 'bin/run' };
const whole = {
  name: 'bin-run',
  schedule: '@hourly',
  timezone: 'UTC',
  command: 'bin/run',
  overlap: 'skip',
  catchUp: 'none',
};

describe('an entry of cron', () => {
  test.each([
    { name: 'needs a schedule and a command', given: {}, job: {} },
    { name: 'has a name', given: { name: 'Nightly_2.a-b' }, job: { name: 'Nightly_2.a-b' } },
    { name: 'has a time zone', given: { timezone: 'America/New_York' }, job: { timezone: 'America/New_York' } },
    { name: 'has a size, by any of its names', given: { size: '2x' }, job: { size: 'Standard-2X' } },
    { name: 'says what happens to runs that overlap', given: { overlap: 'replace' }, job: { overlap: 'replace' } },
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
    // What is kept parses again: a build's outcome is not believed without a look.
    expect(parseJobs(parsed.ok ? parsed.value : undefined)).toEqual(parsed);
  });

  test.each([
    { name: 'a text', given: 'bin/run', error: 'cron[1]: it must be an object.' },
    { name: 'nothing', given: null, error: 'cron[1]: it must be an object.' },
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
      given: { ...entry, schedule: '1,'.repeat(200) },
      error: /schedule must not be longer/,
    },
    { name: 'no command', given: { schedule: '@daily' }, error: 'cron[1]: command is missing: it must be a text.' },
    { name: 'an empty command', given: { ...entry, command: ' ' }, error: /command is missing/ },
    {
      name: 'an endless command',
      given: { ...entry, command: 'x'.repeat(5_000) },
      error: /command must not be longer/,
    },
    { name: 'a null byte', given: { ...entry, command: 'a\0b' }, error: /command must not contain a null byte/ },
    {
      name: 'an unknown time zone',
      given: { ...entry, timezone: 'Mars/Olympus' },
      error: 'cron[1]: timezone "Mars/Olympus" is not known: use a name such as "Europe/Berlin" or "UTC".',
    },
    { name: 'an offset', given: { ...entry, timezone: '+02:00' }, error: /timezone "\+02:00" is not known/ },
    { name: 'a path', given: { ...entry, timezone: '../../etc' }, error: /timezone/ },
    {
      name: 'a size that does not exist',
      given: { ...entry, size: 'huge' },
      error: /^cron\[1\]: size: .*not a dyno size/,
    },
    { name: 'a size that is no text', given: { ...entry, size: 2 }, error: /size must be a text/ },
    {
      name: 'an unknown overlap',
      given: { ...entry, overlap: 'forbid' },
      error: /overlap must be skip, allow, replace/,
    },
    { name: 'an unknown catch-up', given: { ...entry, catchUp: true }, error: /catchUp must be none, last, all/ },
    { name: 'no time to live', given: { ...entry, timeToLiveSeconds: 0 }, error: /timeToLiveSeconds must be/ },
    {
      name: 'a text as time to live',
      given: { ...entry, timeToLiveSeconds: '60' },
      error: /timeToLiveSeconds must be/,
    },
    {
      name: 'more than a day to live',
      given: { ...entry, timeToLiveSeconds: 86_401 },
      error: /timeToLiveSeconds must be/,
    },
    { name: 'a name with a path', given: { ...entry, name: '../x' }, error: /name must be 1 to 63/ },
    { name: "a name with the ledger's separator", given: { ...entry, name: 'a#b' }, error: /name must be 1 to 63/ },
    { name: 'an endless name', given: { ...entry, name: 'x'.repeat(64) }, error: /name must be 1 to 63/ },
    {
      name: 'a misspelt field',
      given: { ...entry, timeZone: 'UTC' },
      error: /^cron\[1\]: "timeZone" is not a field: use name, schedule, timezone,/,
    },
  ])('is refused with $name', ({ given, error }) => {
    const parsed = parseJobs([{ ...entry, name: 'first' }, given]);
    expect(parsed).toEqual({ ok: false, error: typeof error === 'string' ? error : expect.stringMatching(error) });
  });

  test('its name is its own', () => {
    expect(parseJobs([entry, { ...entry, schedule: '@daily' }])).toEqual({
      ok: false,
      error: 'cron[1]: name bin-run is that of cron[0] too. Give each its own name.',
    });
  });
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
    { name: 'of Heroku, without jobs', text: '{"name":"shop","env":{"A":{"required":true}}}', jobs: 0, warnings: [] },
    {
      name: 'with a byte order mark',
      text: '\uFEFF{"cron":[{"schedule":"@daily","command":"x"}]}',
      jobs: 1,
      warnings: [],
    },
    { name: 'that is empty', text: '', jobs: 0, warnings: ['app.json is ignored: it is not valid JSON.'] },
    { name: 'that is a list', text: '[]', jobs: 0, warnings: ['app.json is ignored: it is not a JSON object.'] },
    { name: 'with a comment', text: '{ // no\n}', jobs: 0, warnings: ['app.json is ignored: it is not valid JSON.'] },
  ])('$name is read', ({ text, jobs, warnings }) => {
    const parsed = parseAppManifest(text);
    expect(parsed).toMatchObject({ ok: true, value: { warnings } });
    expect(parsed.ok && parsed.value.jobs).toHaveLength(jobs);
  });

  test.each([
    { text: '{"cron": [}', error: 'app.json is not valid JSON, so its jobs cannot be read.' },
    { text: '{"cron": [{}]}', error: expect.stringMatching(/^app\.json: cron\[0\]: schedule is missing/) },
  ])('$text stops the build', ({ text, error }) => {
    expect(parseAppManifest(text)).toEqual({ ok: false, error });
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
