import { ALLOWED } from './allowed.ts';
import type { TableCall } from './calls.ts';
import { type Decision, decide } from './decide.ts';
import type { Landmarks } from './landmarks.ts';
import { REFUSED } from './refused.ts';
import type { Roles } from './roles.ts';

export interface Permitted {
  readonly roles: Roles;
  readonly at: Landmarks;
}
type RoleName = keyof typeof ALLOWED;

const ROLES = Object.keys(ALLOWED) as RoleName[];

/** Calls judged by the policies of the templates: what every role needs, and what it must not get. */
export function permissionTests(permitted: () => Permitted): void {
  test('every role is in the tables', () => {
    expect(
      permitted()
        .roles.all.map(({ name }) => name)
        .sort(),
    ).toEqual([...ROLES].sort());
  });

  test.each(ROLES)('%s is allowed what it needs', async (role) => {
    expect(await judged(permitted(), role, ALLOWED[role], (decision) => decision !== 'Allowed')).toEqual([]);
  });

  test.each(ROLES)('%s is refused what is not its business', async (role) => {
    expect(await judged(permitted(), role, REFUSED[role], (decision) => decision === 'Allowed')).toEqual([]);
  });

  test.each(ROLES)('%s has no grant that it does not need', (role) => {
    const { roles, at } = permitted();
    const needed = ALLOWED[role].map((call) => call(at));
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

/** Its grants for queues that feed functions, and for the function behind its provider, have one more than is asked for. */
const BY_THE_CDK = /^(sqs:GetQueueUrl on |lambda:InvokeFunction on .*:\*$)/;

function matches(pattern: string, resource: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[$()+.?[\\\]^{|}]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(resource);
}

async function judged(
  { roles, at }: Permitted,
  name: RoleName,
  calls: readonly TableCall[],
  isWrong: (decision: Decision) => boolean,
): Promise<string[]> {
  const role = roles.of(name);
  const wrong: string[] = [];
  for (const call of calls) {
    const asked = call(at);
    if (isWrong(await decide(roles, role, asked))) {
      wrong.push(`${asked.action} on ${asked.resource} ${JSON.stringify(asked.context ?? {})}`);
    }
  }
  return wrong;
}
