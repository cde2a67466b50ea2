import { findDynoSize } from '../dyno/dyno-size.ts';
import { type Failure, invalid, notFound, notSupported } from '../failure.ts';
import type { Platform } from '../platform.ts';
import type { App } from '../records/app.ts';
import { err, ok, type Result } from '../result.ts';
import { updateApp } from './update-app.ts';

export interface AppFeature {
  readonly id: string;
  readonly name: string;
  readonly displayName: string;
  readonly description: string;
  readonly docUrl: string;
  /** `general` shows under `heroku features`, `beta` under `heroku labs`. */
  readonly state: 'general' | 'beta';
}

type Row = readonly [
  name: string,
  displayName: string,
  state: AppFeature['state'],
  article: string,
  description: string,
];

const rows: readonly Row[] = [
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
];

/** Each id contains the place in the list: append, never reorder. */
export const APP_FEATURES: readonly AppFeature[] = rows.map(
  ([name, displayName, state, article, description], index) => ({
    id: `fea70000-0000-4000-8000-${String(index + 1).padStart(12, '0')}`,
    name,
    displayName,
    description,
    docUrl: `https://devcenter.heroku.com/articles/${article}`,
    state,
  }),
);

/** Those that something reads. The others are known only to be refused by name. */
const SUPPORTED: readonly string[] = ['preboot', 'runtime-dyno-metadata', 'runtime-dyno-build-metadata'];

export function supportedAppFeatures(): readonly AppFeature[] {
  return APP_FEATURES.filter(({ name }) => SUPPORTED.includes(name));
}

/** Undefined where the feature can be enabled. */
export function refuseAppFeature({ name }: AppFeature): Failure | undefined {
  return SUPPORTED.includes(name) ? undefined : notSupported(`The feature ${name}`);
}

/** An app of an older version may have features stored that nothing reads. */
export function isAppFeatureEnabled({ features }: App, { name }: AppFeature): boolean {
  return SUPPORTED.includes(name) && features[name] === true;
}

export function findAppFeature(nameOrId: string): Result<AppFeature, Failure> {
  const feature = APP_FEATURES.find(({ id, name }) => id === nameOrId || name === nameOrId);
  return feature === undefined ? err(notFound('app feature')) : ok(feature);
}

export async function setAppFeature(
  platform: Platform,
  appId: string,
  feature: AppFeature,
  enabled: boolean,
): Promise<Result<App, Failure>> {
  const refusal = enabled ? refuseAppFeature(feature) : undefined;
  if (refusal !== undefined) return err(refusal);
  const changed = await updateApp(platform, appId, (app) => {
    if (feature.name === 'preboot' && enabled) {
      const tier = webTier(app);
      if (tier === 'eco' || tier === 'basic') {
        return err(invalid('Preboot needs Standard or Performance web dynos. Resize the web dynos first.'));
      }
    }
    return ok({ app: { ...app, features: { ...app.features, [feature.name]: enabled } }, value: undefined });
  });
  return changed.ok ? ok(changed.value.app) : changed;
}

function webTier(app: App): string | undefined {
  const web = app.formation.find(({ type }) => type === 'web');
  return web === undefined ? undefined : findDynoSize(web.size)?.tier;
}
