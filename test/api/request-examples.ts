import type { ApiFixture, Principal } from './api-fixture.ts';
import { deploy, uploadedSource } from './deploy.ts';

/** What the paths and bodies of the examples name. */
export interface Given {
  readonly slug: string;
  readonly release: string;
  readonly build: string;
  readonly authorization: string;
  /** The `get_url` of an uploaded source. */
  readonly source: string;
}

export interface Example {
  /** As in `api/routes.ts`. */
  readonly route: string;
  readonly path: (given: Given) => string;
  /** All fields of Heroku's that the platform reads, with values that change something. */
  readonly body: (given: Given) => Readonly<Record<string, unknown>>;
}

/** An app `shop` with a deployed slug, a domain, a collaborator and a certificate, and an authorization. */
export async function givenThings(fixture: ApiFixture, me: Principal): Promise<Given> {
  const must = async (method: string, path: string, body?: unknown) => {
    const answer = await fixture.request(method, path, { token: me.token, ...(body === undefined ? {} : { body }) });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.body;
  };
  await must('POST', '/apps', { name: 'shop' });
  const build = await deploy(fixture, me, 'shop', { processTypes: { web: 'web', worker: 'worker' } });
  await must('POST', '/apps/shop/acm');
  await must('POST', '/apps/shop/domains', { hostname: 'www.example.com', sni_endpoint: null });
  await must('POST', '/apps/shop/collaborators', { user: 'friend@example.com' });
  const { id: authorization } = await must('POST', '/oauth/authorizations', {});
  return {
    slug: build.slug.id,
    release: build.release.id,
    build: build.id,
    authorization,
    source: await uploadedSource(fixture, me.token),
  };
}

/** A route whose path names nothing of the above. */
const plain = (method: string, path: string, body: Example['body'] = () => ({}), route = path): Example => ({
  route: `${method} ${route.replace('/shop', '/:app')}`,
  path: () => path,
  body,
});

const settings = { quantity: 2, dyno_size: { name: 'Standard-1X' } };
const nobody = '00000000-0000-4000-8000-000000000000';

/** Every route of Heroku's that changes something; a route that takes one of several bodies is there once for each. */
export const EXAMPLES: readonly Example[] = [
  plain('PATCH', '/account', () => ({ name: 'Tina' })),
  plain('PATCH', '/users/~', () => ({ name: 'Tina' }), '/users/:account'),
  plain('POST', '/apps', () => ({ name: 'store', region: 'eu', stack: 'heroku-22', feature_flags: ['preboot'] })),
  plain('PATCH', '/apps/shop', () => ({ name: 'store', maintenance: true, build_stack: 'heroku-22' })),
  plain('DELETE', '/apps/shop'),
  plain('POST', '/apps/shop/acm'),
  plain('PATCH', '/apps/shop/acm'),
  plain('DELETE', '/apps/shop/acm'),
  plain('POST', '/apps/shop/builds', ({ source }) => ({
    buildpacks: [{ url: 'https://example.com/buildpack.git', name: 'heroku/nodejs' }, { name: 'dynoform/procfile' }],
    source_blob: { url: source, checksum: `SHA256:${'0'.repeat(64)}`, version: 'v1', version_description: 'first' },
  })),
  {
    route: 'DELETE /apps/:app/builds/:build',
    path: ({ build }) => `/apps/shop/builds/${build}`,
    body: () => ({}),
  },
  plain('PUT', '/apps/shop/buildpack-installations', () => ({ updates: [{ buildpack: 'heroku/nodejs' }] })),
  plain('POST', '/apps/shop/collaborators', () => ({ user: 'other@example.com' })),
  plain('DELETE', '/apps/shop/collaborators/friend@example.com', () => ({}), '/apps/shop/collaborators/:collaborator'),
  plain('PATCH', '/apps/shop/config-vars', () => ({ GREETING: 'hello' })),
  plain('POST', '/apps/shop/domains', () => ({ hostname: 'shop.example.com', sni_endpoint: null })),
  plain('PATCH', '/apps/shop/domains/www.example.com', () => ({ sni_endpoint: nobody }), '/apps/shop/domains/:domain'),
  plain('DELETE', '/apps/shop/domains/www.example.com', () => ({}), '/apps/shop/domains/:domain'),
  plain('POST', '/apps/shop/dynos', () => ({
    attach: true,
    command: 'bash',
    env: { COLUMNS: '80' },
    force_no_tty: true,
    size: 'Standard-1X',
    type: 'run',
    time_to_live: 60,
  })),
  plain('DELETE', '/apps/shop/dynos'),
  plain('DELETE', '/apps/shop/dynos/web.1', () => ({}), '/apps/shop/dynos/:dyno'),
  plain('POST', '/apps/shop/dynos/web.1/actions/stop', () => ({}), '/apps/shop/dynos/:dyno/actions/stop'),
  plain('DELETE', '/apps/shop/formations/web', () => ({}), '/apps/shop/formations/:type'),
  plain('POST', '/apps/shop/formations/web/actions/stop', () => ({}), '/apps/shop/formations/:type/actions/stop'),
  plain('PATCH', '/apps/shop/features/preboot', () => ({ enabled: true }), '/apps/shop/features/:feature'),
  plain('PATCH', '/apps/shop/formation', () => ({ updates: [{ type: 'web', ...settings }] })),
  plain('PATCH', '/apps/shop/formation/web', () => settings, '/apps/shop/formation/:type'),
  plain('POST', '/apps/shop/log-sessions', () => ({
    dyno_name: 'web.1',
    type: 'web',
    lines: 10,
    source: 'app',
    tail: true,
  })),
  plain('POST', '/apps/shop/log-sessions', () => ({ type: 'web' })),
  plain('POST', '/apps/shop/releases', ({ slug }) => ({ slug, description: 'again' })),
  plain('POST', '/apps/shop/releases', ({ release }) => ({ release })),
  plain('POST', '/apps/shop/slugs', () => ({
    buildpack_provided_description: 'Node.js',
    checksum: `SHA256:${'0'.repeat(64)}`,
    commit: '58d1fdd2',
    commit_description: 'first',
    process_types: { web: 'web' },
    stack: 'heroku-22',
  })),
  plain('POST', '/apps/shop/sni-endpoints', () => ({ certificate_chain: 'PEM', private_key: 'PEM' })),
  plain(
    'PATCH',
    `/apps/shop/sni-endpoints/${nobody}`,
    () => ({ certificate_chain: 'PEM', private_key: 'PEM' }),
    '/apps/shop/sni-endpoints/:endpoint',
  ),
  plain('DELETE', `/apps/shop/sni-endpoints/${nobody}`, () => ({}), '/apps/shop/sni-endpoints/:endpoint'),
  plain('POST', '/apps/shop/sources'),
  plain('POST', '/sources'),
  plain('POST', '/oauth/authorizations', () => ({ description: 'laptop', expires_in: 60, scope: ['read'] })),
  ...(['PATCH', 'DELETE'] as const).map((method) => ({
    route: `${method} /oauth/authorizations/:authorization`,
    path: ({ authorization }: Given) => `/oauth/authorizations/${authorization}`,
    body: () => (method === 'PATCH' ? { description: 'laptop' } : {}),
  })),
  {
    route: 'POST /oauth/authorizations/:authorization/actions/regenerate-tokens',
    path: ({ authorization }) => `/oauth/authorizations/${authorization}/actions/regenerate-tokens`,
    body: () => ({}),
  },
  plain('POST', '/oauth/tokens', () => ({ grant: { code: 'x' }, refresh_token: { token: 'x' } })),
  plain('DELETE', `/oauth/tokens/${nobody}`, () => ({}), '/oauth/tokens/:token'),
];
