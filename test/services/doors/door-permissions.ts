/**
 * Who may do what through the doors that are not the API's own routes (those are in test/api/route-permissions.ts), written by
 * hand. Never derive a line from the code: this table exists to find a door that knows its caller but does not ask whether he
 * may do this.
 *
 * Who: `account` has a token; `member` owns the app or collaborates on it.
 * Need: what a token must allow, as in test/api/route-permissions.ts.
 *
 * git and the bridge are given a token at each request. The other doors are given a URL that is its own permission: there the
 * row says who gets such a URL from the API, and that it then opens the door.
 */
const TABLE = `
clone                             member   read
fetch                             member   read
ask what a push may change        member   write
push to a branch                  member   write
push to main                      member   write
move a tag                        member   write
delete a branch                   member   write

upload a source                   account  write
read the source of a build        member   read
upload a slug                     member   write
read a slug                       member   read
read the output of a build        member   read
read the log                      member   write
type into a one-off dyno          member   write
connect a bridge                  account  read
`;

export type Need = 'read' | 'write';

export interface DoorPermission {
  readonly operation: string;
  readonly who: 'account' | 'member';
  readonly need: Need;
}

export const DOOR_PERMISSIONS: readonly DoorPermission[] = TABLE.split('\n')
  .filter((line) => line !== '')
  .map((line) => {
    const [operation = '', who, need] = line.split(/ {2,}/);
    return { operation, who, need } as DoorPermission;
  });

/** The principals of the walk, and what each is answered: `in`, or the status of the refusal. */
export const PRINCIPALS = {
  nobody: { account: 401, member: 401, read: 401, write: 401 },
  'a wrong token': { account: 401, member: 401, read: 401, write: 401 },
  'a revoked token': { account: 401, member: 401, read: 401, write: 401 },
  'an expired token': { account: 401, member: 401, read: 401, write: 401 },
  'a stranger': { account: 'in', member: 403, read: 'in', write: 'in' },
  'a former collaborator': { account: 'in', member: 403, read: 'in', write: 'in' },
  'a collaborator': { account: 'in', member: 'in', read: 'in', write: 'in' },
  'a collaborator: read': { account: 'in', member: 'in', read: 'in', write: 403 },
  'the owner: global': { account: 'in', member: 'in', read: 'in', write: 'in' },
  'the owner: identity': { account: 'in', member: 'in', read: 403, write: 403 },
  'the owner: read': { account: 'in', member: 'in', read: 'in', write: 403 },
  'the owner: read-protected': { account: 'in', member: 'in', read: 'in', write: 403 },
  'the owner: write': { account: 'in', member: 'in', read: 'in', write: 'in' },
  'the owner: write-protected': { account: 'in', member: 'in', read: 'in', write: 'in' },
} as const;

export type PrincipalName = keyof typeof PRINCIPALS;

export const PRINCIPAL_NAMES = Object.keys(PRINCIPALS) as readonly PrincipalName[];
