import type { TableCall } from './calls.ts';
import { type Decision, decide } from './decide.ts';
import type { Landmarks } from './landmarks.ts';
import type { Roles } from './roles.ts';

export interface Permitted {
  readonly roles: Roles;
  readonly at: Landmarks;
}
/** By the name of a role. */
export type CallTable = Readonly<Record<string, readonly TableCall[]>>;

/** Calls judged by the policies of the templates: what roles need, and what they must not get. */
export function permissionTests(permitted: () => Permitted, allowed: CallTable, refused: CallTable): void {
  const roleNames = Object.keys(allowed);

  test.each(roleNames)('%s is allowed what it needs', async (role) => {
    expect(await judged(permitted(), role, allowed, (decision) => decision !== 'Allowed')).toEqual([]);
  });

  test.each(roleNames)('%s is refused what is not its business', async (role) => {
    expect(await judged(permitted(), role, refused, (decision) => decision === 'Allowed')).toEqual([]);
  });

  test.each(roleNames)('%s has no grant that it does not need', (role) => {
    const { roles, at } = permitted();
    const needed = callsOf(allowed, role).map((call) => call(at));
    const left = roles.of(role).policies.flatMap(({ Statement }) =>
      Statement.flatMap(({ Action, Resource }) =>
        [Action].flat().flatMap((action) =>
          [Resource]
            .flat()
            .filter((pattern) => !needed.some((one) => one.action === action && matches(pattern, one.resource)))
            .map((pattern) => `${action} on ${pattern}`),
        ),
      ),
    );
    expect(left.filter((grant) => !BY_THE_CDK.test(grant))).toEqual([]);
  });
}

/** One extra each for queues that feed functions, the function behind its provider, and the network's log, as AWS documents. */
const BY_THE_CDK = /^(sqs:GetQueueUrl on |lambda:InvokeFunction on .*:\*$|logs:DescribeLogStreams on )/;

function matches(pattern: string, resource: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[$()+.?[\\\]^{|}]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(resource);
}

function callsOf(table: CallTable, role: string): readonly TableCall[] {
  const calls = table[role];
  if (calls === undefined || calls.length === 0) throw new Error(`the table has nothing of ${role}`);
  return calls;
}

async function judged(
  { roles, at }: Permitted,
  name: string,
  table: CallTable,
  isWrong: (decision: Decision) => boolean,
): Promise<string[]> {
  const role = roles.of(name);
  const wrong: string[] = [];
  for (const call of callsOf(table, name)) {
    const asked = call(at);
    if (isWrong(await decide(roles, role, asked))) {
      wrong.push(`${asked.action} on ${asked.resource} ${JSON.stringify(asked.context ?? {})}`);
    }
  }
  return wrong;
}
