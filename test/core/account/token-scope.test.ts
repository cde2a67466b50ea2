import { scopeAllows } from '../../../core/account/token-scope.ts';
import type { TokenScope } from '../../../core/records/token-scope.ts';

const requests = {
  'reads the account': ['GET', '/account'],
  'looks up a user': ['GET', '/users/:account'],
  'renames a user': ['PATCH', '/users/:account'],
  'renames the account': ['PATCH', '/account'],
  'lists keys': ['GET', '/account/keys'],
  'mints a token': ['POST', '/oauth/authorizations'],
  'lists tokens': ['GET', '/oauth/authorizations'],
  'lists apps': ['GET', '/apps'],
  "lists a user's apps": ['GET', '/users/:account/apps'],
  'reads config': ['GET', '/apps/:app/config-vars'],
  "reads a release's config": ['GET', '/apps/:app/releases/:release/config-vars'],
  scales: ['PATCH', '/apps/:app/formation'],
  'sets config': ['PATCH', '/apps/:app/config-vars'],
} as const;

const people = ['reads the account', 'looks up a user'];
const reading = [...people, 'lists apps', "lists a user's apps"];
const config = ['reads config', "reads a release's config"];
test.each<{ scope: TokenScope[]; expected: string[] }>([
  { scope: [], expected: [] },
  { scope: ['global'], expected: Object.keys(requests) },
  { scope: ['identity'], expected: people },
  { scope: ['read'], expected: reading },
  { scope: ['read-protected'], expected: [...reading, ...config] },
  { scope: ['write'], expected: [...reading, 'scales'] },
  { scope: ['write-protected'], expected: [...reading, ...config, 'scales', 'sets config'] },
  { scope: ['identity', 'write'], expected: [...reading, 'scales'] },
])('a token for $scope', ({ scope, expected }) => {
  const allowed = Object.entries(requests).filter(([, [method, path]]) => scopeAllows(scope, method, path));
  expect(allowed.map(([name]) => name)).toEqual(expected);
});
