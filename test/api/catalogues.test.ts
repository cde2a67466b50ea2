import { CATALOGUE_DATE, missing, whole } from './answers.ts';
import { type ApiFixture, openApiFixture, type Principal } from './api-fixture.ts';

let fixture: ApiFixture;
let me: Principal;
beforeAll(async () => {
  fixture = await openApiFixture();
  me = await fixture.principal('me@example.com');
  await fixture.request('POST', '/apps', { token: me.token, body: { name: 'shop' } });
});
afterAll(() => fixture.close());
const get = (path: string) => fixture.request('GET', path, { token: me.token });

const dates = { created_at: CATALOGUE_DATE, updated_at: CATALOGUE_DATE };
const REPOSITORIES = {
  ...dates,
  description: 'Pipelines know their repository',
  display_name: 'Repositories API',
  doc_url: 'https://devcenter.heroku.com/articles/github-integration',
  enabled: true,
  feedback_email: null,
  id: 'acfe0000-0000-4000-8000-000000000001',
  name: 'dashboard-repositories-api',
  state: 'general',
};
const METADATA = {
  ...dates,
  description: 'Give dynos HEROKU_* variables that describe the app and the release',
  display_name: 'Dyno Metadata',
  doc_url: 'https://devcenter.heroku.com/articles/dyno-metadata',
  enabled: false,
  feedback_email: null,
  id: 'fea70000-0000-4000-8000-000000000007',
  name: 'runtime-dyno-metadata',
  state: 'beta',
};
const STATIC = {
  id: 'b111d9ac-0000-4000-8000-000000000002',
  name: 'static',
  namespace: 'dynoform',
  full_name: 'dynoform/static',
  description: 'Static files',
  blob_url: 'urn:buildpack:dynoform/static',
  published: true,
  official: true,
};
const cedar = { id: '6e000000-0000-4000-8000-000000000001', name: 'cedar' };
const fir = { id: '6e000000-0000-4000-8000-000000000002', name: 'fir' };
const STANDARD = {
  architecture: 'amd64',
  compute: 1,
  cost: { cents: 2_500, unit: 'month' },
  dedicated: false,
  generation: cedar,
  id: '5d6e0000-0000-4000-8000-000000000003',
  memory: 0.5,
  name: 'Standard-1X',
  precise_dyno_units: 1,
  private_space_only: false,
};
const EUROPE = {
  ...dates,
  country: 'Ireland',
  description: 'Europe',
  id: '4e610000-0000-4000-8000-000000000002',
  locale: 'Dublin',
  name: 'eu',
  private_capable: false,
  provider: { name: 'amazon-web-services', region: 'eu-west-1' },
};
const stack = (number: string, name: string, state: string, isDefault: boolean) => ({
  ...dates,
  default: isDefault,
  id: `57ac0000-0000-4000-8000-000000000${number}`,
  name,
  state,
});

test.each([
  { path: '/account/features/dashboard-repositories-api', body: REPOSITORIES },
  { path: `/account/features/${REPOSITORIES.id}`, body: REPOSITORIES },
  { path: '/apps/shop/features/runtime-dyno-metadata', body: METADATA },
  { path: `/apps/shop/features/${METADATA.id}`, body: METADATA },
  { path: '/buildpacks/dynoform%2Fstatic', body: STATIC },
  { path: `/buildpacks/${STATIC.id}`, body: STATIC },
  { path: '/generations/cedar', body: { ...dates, ...cedar } },
  { path: `/generations/${fir.id}`, body: { ...dates, ...fir } },
  { path: '/regions/eu', body: EUROPE },
  { path: `/regions/${EUROPE.id}`, body: EUROPE },
  { path: '/stacks/heroku-24', body: stack('024', 'heroku-24', 'public', true) },
  { path: '/stacks/heroku-22', body: stack('022', 'heroku-22', 'deprecated', false) },
  { path: '/dyno-sizes/standard-1x', body: STANDARD },
  { path: `/dyno-sizes/${STANDARD.id}`, body: STANDARD },
  {
    path: '/dyno-sizes/eco',
    body: {
      ...STANDARD,
      cost: null,
      id: '5d6e0000-0000-4000-8000-000000000001',
      name: 'Eco',
      precise_dyno_units: 0.28,
    },
  },
  {
    path: '/dyno-sizes/dyno-1c-4gb',
    body: {
      architecture: 'arm64',
      compute: 1,
      cost: { cents: 8_000, unit: 'month' },
      dedicated: true,
      generation: fir,
      id: '5d6e0000-0000-4000-8000-000000000403',
      memory: 4,
      name: 'dyno-1c-4gb',
      precise_dyno_units: 3.2,
      private_space_only: true,
    },
  },
  {
    path: '/api/v4/current-status',
    body: {
      status: [
        { system: 'Apps', status: 'green' },
        { system: 'Data', status: 'green' },
        { system: 'Tools', status: 'green' },
      ],
      incidents: [],
      scheduled: [],
    },
  },
])('GET $path', async ({ path, body }) => {
  expect(whole(await get(path))).toEqual({ status: 200, body });
});

const STACKS = [
  stack('022', 'heroku-22', 'deprecated', false),
  stack('024', 'heroku-24', 'public', true),
  stack('026', 'heroku-26', 'public', false),
];
test.each([
  { path: '/account/features', body: [REPOSITORIES] },
  { path: '/generations', body: [cedar, fir].map((generation) => ({ ...dates, ...generation })) },
  { path: '/stacks', body: STACKS },
  { path: '/apps/shop/available-stacks', body: STACKS },
  { path: '/addons', body: [] },
  { path: '/addon-attachments', body: [] },
  { path: '/apps/shop/addons', body: [] },
  { path: '/apps/shop/addon-attachments', body: [] },
  { path: '/oauth/sessions', body: [] },
  {
    path: '/buildpacks',
    body: [
      {
        ...STATIC,
        id: 'b111d9ac-0000-4000-8000-000000000001',
        name: 'nodejs',
        namespace: 'heroku',
        full_name: 'heroku/nodejs',
        description: 'Node.js apps: npm, yarn or pnpm by lock file',
        blob_url: 'urn:buildpack:heroku/nodejs',
      },
      STATIC,
      {
        ...STATIC,
        id: 'b111d9ac-0000-4000-8000-000000000003',
        name: 'procfile',
        full_name: 'dynoform/procfile',
        description: 'Whatever the Procfile starts',
        blob_url: 'urn:buildpack:dynoform/procfile',
      },
    ],
  },
])('GET $path lists all that there is', async ({ path, body }) => {
  expect(whole(await get(path))).toEqual({ status: 200, body });
});

test.each([
  { path: '/regions', one: EUROPE, many: 12 },
  { path: '/apps/shop/features', one: METADATA, many: 3 },
  { path: '/dyno-sizes', one: STANDARD, many: 38 },
])('GET $path lists each as it is shown by itself', async ({ path, one, many }) => {
  const { body } = await get(path);
  expect(body).toHaveLength(many);
  expect(body).toContainEqual(one);
  expect(new Set(body.map(({ id }: { id: string }) => id)).size).toBe(many);
});

test('an app may have the sizes that need neither a private space nor a plan', async () => {
  const { body } = await get('/apps/shop/available-dyno-sizes');
  expect(body).toContainEqual(STANDARD);
  expect(body.map(({ name }: { name: string }) => name)).toEqual([
    'Basic',
    'Standard-1X',
    'Standard-2X',
    'Performance-M',
    'Performance-L',
    'Performance-L-RAM',
    'Performance-XL',
    'Performance-2XL',
  ]);
});

test.each([
  { path: '/account/features/unknown', noun: 'feature' },
  { path: '/apps/shop/features/unknown', noun: 'app feature' },
  { path: '/buildpacks/heroku%2Fcobol', noun: 'buildpack' },
  { path: '/dyno-sizes/huge', noun: 'dyno size' },
  { path: '/generations/oak', noun: 'generation' },
  { path: '/regions/mars', noun: 'region' },
  { path: '/stacks/heroku-20', noun: 'stack' },
  { path: '/apps/shop/pipeline-couplings', noun: 'pipeline coupling' },
])('GET $path finds no $noun', async ({ path, noun }) => {
  expect(whole(await get(path))).toEqual(missing(noun));
});
