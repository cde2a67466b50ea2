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
    const needed = new Set(ALLOWED[role].map((call) => call(at).action));
    const granted = roles.of(role).policies.flatMap(({ Statement }) => Statement.flatMap(({ Action }) => Action));
    expect(granted.filter((action) => !needed.has(action) && !BY_THE_CDK.has(action))).toEqual([]);
  });
}

/** Its grant for queues that feed functions has one more than Lambda asks for. */
const BY_THE_CDK = new Set(['sqs:GetQueueUrl']);

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
