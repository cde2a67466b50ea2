import { scopeAllows, type TokenScope } from '../../../core/account/token-scope.ts';

const requests = {
  'reads the account': ['GET', '/account'],
  'renames the account': ['PATCH', '/account'],
  'lists keys': ['GET', '/account/keys'],
  'mints a token': ['POST', '/oauth/authorizations'],
  'lists tokens': ['GET', '/oauth/authorizations'],
  'lists apps': ['GET', '/apps'],
  'reads config': ['GET', '/apps/:app/config-vars'],
  "reads a release's config": ['GET', '/apps/:app/releases/:release/config-vars'],
  scales: ['PATCH', '/apps/:app/formation'],
  'sets config': ['PATCH', '/apps/:app/config-vars'],
} as const;

const reading = ['reads the account', 'lists apps'];
const config = ['reads config', "reads a release's config"];
test.each<{ scope: TokenScope[]; expected: string[] }>([
  { scope: [], expected: [] },
  { scope: ['global'], expected: Object.keys(requests) },
  { scope: ['identity'], expected: ['reads the account'] },
  { scope: ['read'], expected: reading },
  { scope: ['read-protected'], expected: [...reading, ...config] },
  { scope: ['write'], expected: [...reading, 'scales'] },
  { scope: ['write-protected'], expected: [...reading, ...config, 'scales', 'sets config'] },
  { scope: ['identity', 'write'], expected: [...reading, 'scales'] },
])('a token for $scope', ({ scope, expected }) => {
  const allowed = Object.entries(requests).filter(([, [method, path]]) => scopeAllows(scope, method, path));
  expect(allowed.map(([name]) => name)).toEqual(expected);
});
