import { openBuildFixture } from './build-fixture.ts';

let fixture: Awaited<ReturnType<typeof openBuildFixture>>;
beforeAll(async () => {
  fixture = await openBuildFixture();
});
afterAll(() => fixture.close());

const build = (files: Parameters<typeof fixture.build>[0]) => fixture.build({ Procfile: 'web: bin/web\n', ...files });
const hourly = { name: 'hourly', schedule: '@hourly', command: 'bin/run' };

test('the jobs of app.json come with the slug, even when the slug leaves the file out', async () => {
  const built = await build({
    'app.json': JSON.stringify({ name: 'shop', cron: [hourly, { schedule: '0 3 * * *', command: 'clean' }] }),
    '.slugignore': 'app.json\n',
  });
  expect(built.outcome).toMatchObject({
    status: 'succeeded',
    slug: { cron: [{ ...hourly, timezone: 'UTC', overlap: 'skip', catchUp: 'none' }, { name: 'clean' }] },
  });
  expect(built.output).toContain('       app.json declares jobs  -> hourly, clean\n');
  expect(Object.keys(await fixture.slugFiles(built))).not.toContain('./app/app.json');
});

test.each([
  { name: 'no app.json', files: {}, warning: undefined },
  { name: "Heroku's app.json", files: { 'app.json': '{"env":{"A":"1"}}' }, warning: undefined },
  {
    name: 'an app.json that no one can read',
    files: { 'app.json': '{,}' },
    warning: 'app.json is ignored: it is not valid JSON.',
  },
  {
    name: 'a link to a file of this machine',
    files: { 'app.json': { type: 'symlink' as const, linkname: 'Procfile' } },
    warning: 'app.json is ignored: it is not a plain file of at most 1 MB.',
  },
])('$name: builds as ever', async ({ files, warning }) => {
  const { outcome, output } = await build(files);
  expect(outcome.status).toBe('succeeded');
  expect(outcome).not.toHaveProperty('slug.cron');
  expect(output.split('\n').filter((line) => line.includes('app.json'))).toEqual(
    warning === undefined ? [] : [` !     Warning: ${warning}`],
  );
});

test('a bad entry fails the build before anything is compiled, and names the entry and the field', async () => {
  const { outcome, output } = await build({
    'app.json': JSON.stringify({ cron: [hourly, { name: 'clean', schedule: '0 25 * * *', command: 'x' }] }),
  });
  const message =
    'app.json: cron[1] ("clean"): schedule "0 25 * * *": hour "25" is not a number from 0 to 23, a range, a list or *.';
  expect(outcome).toEqual({ status: 'failed', message });
  expect(output).toContain(` !     ${message}\n`);
  expect(output).toContain(' !     Push failed\n');
  expect(output).not.toContain('app detected');
});
