import { PageUrls } from '../../../core/dyno-manager/execute/page-urls.ts';
import { PublishedRoutes } from '../../../core/dyno-manager/execute/published-routes.ts';
import type { Platform } from '../../../core/platform.ts';
import type { ProblemSubject } from '../../../core/ports/problems.ts';
import type { ItemKey } from '../../../core/ports/store.ts';
import type { App } from '../../../core/records/app.ts';
import type { AppRoutes } from '../../../core/records/app-routes.ts';
import type { Release } from '../../../core/records/release.ts';
import { app, eco, release } from './records.ts';

const SERVING = { situation: 'serving', dynos: [{ name: 'web.1', dynoId: 'a', host: 'h', port: 1 }] } as const;
const withConfig = (configVersion: number) => release(7, { configVersion });

/** A platform with these config vars, and the calls to it. */
function platformWith(config: Readonly<Record<string, string>> | undefined) {
  const told: string[] = [];
  const published: AppRoutes[] = [];
  const platform = {
    store: {
      get: async ({ partition, sort }: ItemKey) => {
        told.push(`read ${partition} ${sort}`);
        return config === undefined ? undefined : { value: { sealed: 'sealed' } };
      },
    },
    vault: { open: async () => config },
    urls: { hosts: (name: string) => [`${name}.localhost`] },
    routes: {
      publish: (routes: AppRoutes) => published.push(routes),
      remove: (id: string) => told.push(`remove ${id}`),
    },
    problems: {
      report: (problem: string, error: unknown, about: ProblemSubject) =>
        told.push(`${about.appId}: ${problem}: ${error instanceof Error ? error.message : ''}`),
    },
  } as unknown as Platform;
  return { platform, told, published };
}

describe('the pages of an app’s own', () => {
  test.each([
    { config: {}, urls: {} },
    { config: { ERROR_PAGE_URL: '', MAINTENANCE_PAGE_URL: '' }, urls: {} },
    { config: { ERROR_PAGE_URL: 'https://e', OTHER: 'x' }, urls: { errorPageUrl: 'https://e' } },
    { config: { MAINTENANCE_PAGE_URL: 'https://m' }, urls: { maintenancePageUrl: 'https://m' } },
    {
      config: { ERROR_PAGE_URL: 'https://e', MAINTENANCE_PAGE_URL: 'https://m' },
      urls: { errorPageUrl: 'https://e', maintenancePageUrl: 'https://m' },
    },
  ])('with $config are $urls', async ({ config, urls }) => {
    expect(await new PageUrls(platformWith(config).platform).read(app({}), withConfig(1))).toStrictEqual(urls);
  });

  test('are known once they were read, until the config vars are others or the app is forgotten', async () => {
    const pages = new PageUrls(platformWith({ ERROR_PAGE_URL: 'https://e' }).platform);
    const known = (version: number) => pages.known(app({}), withConfig(version));
    expect(known(1)).toBeUndefined();
    await pages.read(app({}), withConfig(1));
    expect([known(1), known(2)]).toEqual([{ errorPageUrl: 'https://e' }, undefined]);
    expect(pages.known(app({}, { id: 'app-2' }), withConfig(1))).toBeUndefined();
    pages.forget('app-2');
    expect(known(1)).toBeDefined();
    pages.forget('app-1');
    expect(known(1)).toBeUndefined();
  });

  test('are none before the first release', () => {
    expect(new PageUrls(platformWith({}).platform).known(app({}), undefined)).toEqual({});
  });
});

test.each<{ readonly name: string; readonly of: App; readonly release?: Release; readonly routes: object }>([
  { name: 'an app', of: app({ web: 1 }), release: withConfig(1), routes: { errorPageUrl: 'https://e' } },
  { name: 'an app without a release', of: app({ web: 1 }), routes: {} },
  { name: 'an app without config vars', of: app({ web: 1 }), release: withConfig(0), routes: {} },
  {
    name: 'an app with domains of its own, in maintenance',
    of: app({ web: 1 }, { customHosts: ['shop.example'], maintenance: true }),
    routes: { hosts: ['shop.localhost', 'shop.example'], maintenance: true },
  },
  { name: 'an app that may sleep', of: eco({ web: 1 }), routes: { sleeps: true } },
])('routers are told of $name', async ({ of, release: current, routes }) => {
  const { platform, told } = platformWith({ ERROR_PAGE_URL: 'https://e' });
  expect(await new PublishedRoutes(platform).routesOf(of, current, SERVING)).toStrictEqual({
    appId: 'app-1',
    appName: 'shop',
    hosts: ['shop.localhost'],
    maintenance: false,
    ...SERVING,
    ...routes,
  });
  expect(told.filter((line) => !line.startsWith('read'))).toEqual([]);
});

test('config vars that cannot be read leave no app unrouted, and the operator is told', async () => {
  const { platform, told } = platformWith(undefined);
  const routes = await new PublishedRoutes(platform).routesOf(app({ web: 1 }), withConfig(2), SERVING);
  expect(routes).toMatchObject({ situation: 'serving', hosts: ['shop.localhost'] });
  expect(told).toEqual([
    'read app#app-1 config#0000000002',
    'app-1: could not read the page URLs in the config vars; the default pages are shown: config 2 of app app-1 is missing',
  ]);
});

test('config vars are read once, and again for an app that was removed', async () => {
  const { platform, told } = platformWith({});
  const routes = new PublishedRoutes(platform);
  await routes.routesOf(app({}), withConfig(1), SERVING);
  await routes.routesOf(app({}), withConfig(1), SERVING);
  routes.remove('app-1');
  await routes.routesOf(app({}), withConfig(1), SERVING);
  const read = 'read app#app-1 config#0000000001';
  expect(told).toEqual([read, 'remove app-1', read]);
});

const BASE = { appId: 'app-1', appName: 'shop', hosts: ['a'], maintenance: false, ...SERVING };

describe('what is news to the routers', () => {
  const published = () => {
    const { platform, published: sent } = platformWith({});
    const routes = new PublishedRoutes(platform);
    routes.publish(BASE, 4);
    return { routes, sent };
  };

  test('all that was never told, and it goes out with its version', () => {
    const { platform } = platformWith({});
    expect(new PublishedRoutes(platform).hasChanged(BASE, 0)).toBe(true);
    expect(published().sent).toEqual([{ ...BASE, version: 4 }]);
  });

  test.each([
    { name: 'the same', routes: { ...BASE, dynos: [{ ...BASE.dynos[0] }] }, news: false },
    { name: 'another situation', routes: { ...BASE, situation: 'booting' }, news: true },
    { name: 'another port', routes: { ...BASE, dynos: [{ ...BASE.dynos[0], port: 2 }] }, news: true },
    { name: 'one dyno more', routes: { ...BASE, dynos: [...BASE.dynos, ...BASE.dynos] }, news: true },
    { name: 'no dyno', routes: { ...BASE, dynos: [] }, news: true },
    { name: 'one host more', routes: { ...BASE, hosts: ['a', 'b'] }, news: true },
    { name: 'a field more', routes: { ...BASE, sleeps: true }, news: true },
    { name: 'a field that is null', routes: { ...BASE, dynos: null }, news: true },
    { name: 'a text for a list', routes: { ...BASE, hosts: 'a' }, news: true },
    { name: 'another app', routes: { ...BASE, appId: 'app-2' }, news: true },
  ])('$name: $news', ({ routes: next, news }) => {
    expect(published().routes.hasChanged(next as typeof BASE, 4)).toBe(news);
  });

  test('a field less', () => {
    const { platform } = platformWith({});
    const routes = new PublishedRoutes(platform);
    routes.publish({ ...BASE, sleeps: true }, 4);
    expect(routes.hasChanged(BASE, 4)).toBe(true);
  });

  test('the same after another process wrote the mark, until this one has confirmed it', () => {
    const { routes } = published();
    expect(routes.hasChanged(BASE, 5)).toBe(true);
    routes.confirm('app-2', 5);
    expect(routes.hasChanged(BASE, 5)).toBe(true);
    routes.confirm('app-1', 5);
    expect([routes.hasChanged(BASE, 5), routes.hasChanged(BASE, 4)]).toEqual([false, true]);
  });

  test('the same after the app was removed', () => {
    const { routes } = published();
    routes.remove('app-1');
    expect(routes.hasChanged(BASE, 4)).toBe(true);
    routes.confirm('app-1', 4);
    expect(routes.hasChanged(BASE, 4)).toBe(true);
  });
});
