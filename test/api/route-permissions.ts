/**
 * Who may call which route, written by hand from Heroku's documentation and compared with what the API does. Never derive a
 * line from a route's own declaration: this table exists to find a wrong declaration.
 *
 * Who (Dev Center, "Collaborating with Other Developers on Your App"): `everybody` needs no token; `account` has a token;
 * `member` owns the app or collaborates on it; `owner` is its owner alone. Heroku lets a collaborator of a personal app
 * invite others; here only its owner can.
 *
 * What a token must allow (Dev Center, "OAuth", scopes; more in `SCOPES`):
 * - `profile` the account's own name and address, which the CLI asks for before everything else
 * - `account` its settings, keys, tokens and bills: with any of them a narrow token could get itself a wide one
 * - `read` and `write` of apps; `read-config` and `write-config` where config vars are shown or changed
 */
const TABLE = `
GET    /buildpacks                                                everybody  -
GET    /buildpacks/:name                                          everybody  -
GET    /api/v4/current-status                                     everybody  -

GET    /account                                                   account    profile
GET    /users/:account                                            account    profile
PATCH  /account                                                   account    account
PATCH  /users/:account                                            account    account
GET    /account/features                                          account    account
GET    /account/features/:feature                                 account    account
GET    /account/keys                                              account    account
POST   /account/keys                                              account    account
GET    /account/keys/:key                                         account    account
DELETE /account/keys/:key                                         account    account
GET    /account/rate-limits                                       account    account
GET    /accounts/:account/actions/get-quota                       account    account
GET    /oauth/authorizations                                      account    account
POST   /oauth/authorizations                                      account    account
GET    /oauth/authorizations/:authorization                       account    account
PATCH  /oauth/authorizations/:authorization                       account    account
DELETE /oauth/authorizations/:authorization                       account    account
POST   /oauth/authorizations/:authorization/actions/regenerate-tokens  account  account
GET    /oauth/sessions                                            account    account
DELETE /oauth/sessions/:session                                   account    account
POST   /oauth/tokens                                              account    account
DELETE /oauth/tokens/:token                                       account    account

GET    /addon-attachments                                         account    read
GET    /addons                                                    account    read
GET    /dyno-sizes                                                account    read
GET    /dyno-sizes/:size                                          account    read
GET    /dynoform                                                  account    read
GET    /generations                                               account    read
GET    /generations/:generation                                   account    read
GET    /regions                                                   account    read
GET    /regions/:region                                           account    read
GET    /stacks                                                    account    read
GET    /stacks/:stack                                             account    read
POST   /sources                                                   account    write

GET    /apps                                                      account    read
GET    /users/:account/apps                                       account    read
POST   /apps                                                      account    write
GET    /apps/:app                                                 member     read
PATCH  /apps/:app                                                 member     write
DELETE /apps/:app                                                 owner      write

GET    /apps/:app/collaborators                                   member     read
POST   /apps/:app/collaborators                                   owner      write
GET    /apps/:app/collaborators/:collaborator                     member     read
DELETE /apps/:app/collaborators/:collaborator                     member     write

GET    /apps/:app/config-vars                                     member     read-config
PATCH  /apps/:app/config-vars                                     member     write-config
GET    /apps/:app/releases/:release/config-vars                   member     read-config

GET    /apps/:app/acm                                             member     read
POST   /apps/:app/acm                                             member     write
PATCH  /apps/:app/acm                                             member     write
DELETE /apps/:app/acm                                             member     write
GET    /apps/:app/addon-attachments                               member     read
GET    /apps/:app/addons                                          member     read
GET    /apps/:app/available-dyno-sizes                            member     read
GET    /apps/:app/available-stacks                                member     read
GET    /apps/:app/buildpack-installations                         member     read
PUT    /apps/:app/buildpack-installations                         member     write
GET    /apps/:app/builds                                          member     read
POST   /apps/:app/builds                                          member     write
GET    /apps/:app/builds/:build                                   member     read
DELETE /apps/:app/builds/:build                                   member     write
GET    /apps/:app/domains                                         member     read
POST   /apps/:app/domains                                         member     write
GET    /apps/:app/domains/:domain                                 member     read
PATCH  /apps/:app/domains/:domain                                 member     write
DELETE /apps/:app/domains/:domain                                 member     write
GET    /apps/:app/dyno-manager                                    member     read
PATCH  /apps/:app/dyno-manager                                    member     write
GET    /apps/:app/dynos                                           member     read
POST   /apps/:app/dynos                                           member     write
DELETE /apps/:app/dynos                                           member     write
GET    /apps/:app/dynos/:dyno                                     member     read
DELETE /apps/:app/dynos/:dyno                                     member     write
POST   /apps/:app/dynos/:dyno/actions/stop                        member     write
GET    /apps/:app/features                                        member     read
GET    /apps/:app/features/:feature                               member     read
PATCH  /apps/:app/features/:feature                               member     write
GET    /apps/:app/formation                                       member     read
PATCH  /apps/:app/formation                                       member     write
GET    /apps/:app/formation/:type                                 member     read
PATCH  /apps/:app/formation/:type                                 member     write
DELETE /apps/:app/formations/:type                                member     write
POST   /apps/:app/formations/:type/actions/stop                   member     write
POST   /apps/:app/log-sessions                                    member     write
GET    /apps/:app/pipeline-couplings                              member     read
GET    /apps/:app/releases                                        member     read
POST   /apps/:app/releases                                        member     write
GET    /apps/:app/releases/:release                               member     read
GET    /apps/:app/scheduler                                       member     read
GET    /apps/:app/scheduler/jobs                                  member     read
GET    /apps/:app/scheduler/jobs/:job/runs                        member     read
POST   /apps/:app/scheduler/jobs/:job/runs                        member     write
POST   /apps/:app/slugs                                           member     write
GET    /apps/:app/slugs/:slug                                     member     read
GET    /apps/:app/sni-endpoints                                   member     read
POST   /apps/:app/sni-endpoints                                   member     write
GET    /apps/:app/sni-endpoints/:endpoint                         member     read
PATCH  /apps/:app/sni-endpoints/:endpoint                         member     write
DELETE /apps/:app/sni-endpoints/:endpoint                         member     write
POST   /apps/:app/sources                                         member     write
`;

export const SCOPES = {
  profile: ['global', 'identity', 'read', 'read-protected', 'write', 'write-protected'],
  account: ['global'],
  read: ['global', 'read', 'read-protected', 'write', 'write-protected'],
  write: ['global', 'write', 'write-protected'],
  'read-config': ['global', 'read-protected', 'write-protected'],
  'write-config': ['global', 'write-protected'],
} as const;

export interface RoutePermission {
  /** `GET /apps/:app` */
  readonly route: string;
  readonly method: string;
  readonly path: string;
  readonly who: 'everybody' | 'account' | 'member' | 'owner';
  readonly need: keyof typeof SCOPES | '-';
}

export const ROUTE_PERMISSIONS: readonly RoutePermission[] = TABLE.split('\n')
  .filter((line) => line !== '')
  .map((line) => {
    const [method = '', path = '', who, need] = line.split(/ +/);
    return { route: `${method} ${path}`, method, path, who, need } as RoutePermission;
  });
