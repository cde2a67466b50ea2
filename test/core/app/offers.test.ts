import { APP_FEATURES, findAppFeature } from '../../../core/app/app-feature.ts';
import { findGeneration, GENERATIONS } from '../../../core/app/generation.ts';
import { commonRuntimeRegion, findRegion, REGIONS } from '../../../core/app/region.ts';
import { findStack, STACKS } from '../../../core/app/stack.ts';

/** Clients store ids, so an id never changes its owner. */
const id = (beginning: string, number: number | string) =>
  `${beginning}-0000-4000-8000-${String(number).padStart(12, '0')}`;
const missing = (noun: string) => ({
  ok: false,
  error: { id: 'not_found', message: `Couldn't find that ${noun}.`, resource: noun },
});

/** Heroku Dev Center: Regions. */
test.each([
  [1, 'us', 'United States', 'United States', 'Virginia', 'us-east-1', false],
  [2, 'eu', 'Europe', 'Ireland', 'Dublin', 'eu-west-1', false],
  [3, 'dublin', 'Dublin, Ireland', 'Ireland', 'Dublin', 'eu-west-1', true],
  [4, 'frankfurt', 'Frankfurt, Germany', 'Germany', 'Frankfurt', 'eu-central-1', true],
  [5, 'london', 'London, United Kingdom', 'United Kingdom', 'London', 'eu-west-2', true],
  [6, 'montreal', 'Montreal, Canada', 'Canada', 'Montreal', 'ca-central-1', true],
  [7, 'mumbai', 'Mumbai, India', 'India', 'Mumbai', 'ap-south-1', true],
  [8, 'oregon', 'Oregon, United States', 'United States', 'Oregon', 'us-west-2', true],
  [9, 'singapore', 'Singapore', 'Singapore', 'Singapore', 'ap-southeast-1', true],
  [10, 'sydney', 'Sydney, Australia', 'Australia', 'Sydney', 'ap-southeast-2', true],
  [11, 'tokyo', 'Tokyo, Japan', 'Japan', 'Tokyo', 'ap-northeast-1', true],
  [12, 'virginia', 'Virginia, United States', 'United States', 'Virginia', 'us-east-1', true],
] as const)('region %i is %s', (number, name, description, country, locale, awsRegion, privateCapable) => {
  const region = {
    id: id('4e610000', number),
    name,
    description,
    country,
    locale,
    awsRegion,
    privateCapable,
  };
  expect(REGIONS[number - 1]).toEqual(region);
  for (const identity of [name, region.id]) {
    expect(findRegion(identity)).toEqual({ ok: true, value: region });
    expect(commonRuntimeRegion(identity)).toEqual(
      privateCapable
        ? {
            ok: false,
            error: {
              id: 'invalid_params',
              message: `Region ${name} is only available to apps in a private space. Use us or eu.`,
            },
          }
        : { ok: true, value: region },
    );
  }
});

test.each([
  ['22', 'heroku-22', 'deprecated'],
  ['24', 'heroku-24', 'public'],
  ['26', 'heroku-26', 'public'],
  ['101', 'container', 'public'],
  ['102', 'cnb', 'public'],
] as const)('stack %s is %s, %s', (number, name, state) => {
  const stack = { id: id('57ac0000', number), name, state };
  for (const identity of [name, stack.id]) expect(findStack(identity)).toEqual({ ok: true, value: stack });
});

test.each([
  [1, 'cedar'],
  [2, 'fir'],
] as const)('generation %i is %s', (number, name) => {
  const generation = { id: id('6e000000', number), name };
  for (const identity of [name, generation.id]) {
    expect(findGeneration(identity)).toEqual({ ok: true, value: generation });
  }
});

/** As `heroku features` and `heroku labs` list them. */
const FEATURES = [
  ['preboot', 'Preboot', 'general', 'preboot', 'Provide seamless web dyno deploys'],
  [
    'http-session-affinity',
    'HTTP Session Affinity',
    'general',
    'session-affinity',
    'Route a session to the web dyno that served it first',
  ],
  ['http-routing-2-dot-0', 'Router 2.0', 'general', 'http-routing', 'Route requests through Router 2.0'],
  ['http-disable-http2', 'Disable HTTP/2', 'beta', 'http-routing', 'Speak only HTTP/1.1 with clients'],
  [
    'http-disable-keepalive-to-dyno',
    'Disable keep-alives to dynos',
    'beta',
    'http-routing',
    'Open a new connection to the dyno for each request',
  ],
  [
    'http-end-to-end-continue',
    'End-to-end continue',
    'beta',
    'http-routing',
    'Let the dyno answer Expect: 100-continue',
  ],
  [
    'runtime-dyno-metadata',
    'Dyno Metadata',
    'beta',
    'dyno-metadata',
    'Give dynos HEROKU_* variables that describe the app and the release',
  ],
  [
    'runtime-dyno-build-metadata',
    'Dyno Build Metadata',
    'beta',
    'dyno-metadata',
    'Give dynos HEROKU_BUILD_COMMIT and HEROKU_BUILD_DESCRIPTION',
  ],
  [
    'runtime-heroku-metrics',
    'Language Metrics',
    'general',
    'language-runtime-metrics',
    "Collect metrics of the app's language runtime",
  ],
  [
    'log-runtime-metrics',
    'Log Runtime Metrics',
    'beta',
    'log-runtime-metrics',
    'Log memory and load of every dyno about every 20 seconds',
  ],
  ['runtime-heroku-exec', 'Heroku Exec', 'general', 'exec', 'Open a shell or tunnel into a running dyno'],
  [
    'spaces-dns-discovery',
    'DNS Service Discovery',
    'general',
    'dns-service-discovery',
    'Find the dynos of a private space by name',
  ],
] as const;

test.each(FEATURES.map((row, index) => ({ row, number: index + 1, name: row[0] })))(
  'feature $number is $name',
  ({ row: [name, displayName, state, article, description], number }) => {
    const docUrl = `https://devcenter.heroku.com/articles/${article}`;
    const feature = { id: id('fea70000', number), name, displayName, description, docUrl, state };
    expect(APP_FEATURES[number - 1]).toEqual(feature);
    for (const identity of [name, feature.id]) expect(findAppFeature(identity)).toEqual({ ok: true, value: feature });
  },
);

test('what is not offered', () => {
  expect([REGIONS, STACKS, GENERATIONS, APP_FEATURES].map((list) => list.length)).toEqual([12, 5, 2, 12]);
  expect(findRegion('mars')).toEqual(missing('region'));
  expect(commonRuntimeRegion('mars')).toEqual(missing('region'));
  expect(findStack('heroku-20')).toEqual(missing('stack'));
  expect(findGeneration('oak')).toEqual(missing('generation'));
  expect(findAppFeature('warp')).toEqual(missing('app feature'));
});
