import { runSimulation } from '@cloud-copilot/iam-simulate';
import type { Role, Roles } from './roles.ts';
import { ACCOUNT } from './stacks.ts';

export interface Asked {
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
}
export type Decision = 'Allowed' | 'ExplicitlyDenied' | 'ImplicitlyDenied';

/**
 * What IAM would decide, by @cloud-copilot/iam-simulate. It throws when there is no such action, when the action is not of such a
 * resource, and for condition keys that it does not have.
 */
export async function decide(roles: Roles, role: Role, { action, resource, context = {} }: Asked): Promise<Decision> {
  const everywhere = { 'aws:SecureTransport': 'true', ...(action.startsWith('s3:') ? { 's3:TlsVersion': '1.3' } : {}) };
  const resourcePolicy = roles.resourcePolicy(resource);
  const answer = await runSimulation(
    {
      request: {
        principal: role.arn,
        action,
        resource: { resource, accountId: ACCOUNT },
        contextVariables: withKnownKeys({ ...everywhere, ...context }),
      },
      identityPolicies: role.policies.map((policy, index) => ({
        name: `${role.name} ${index}`,
        policy: withKnownKeys(policy),
      })),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...(resourcePolicy === undefined ? {} : { resourcePolicy: withKnownKeys(resourcePolicy) }),
    },
    {},
  );
  if (answer.resultType === 'error') throw new Error(`${action} on ${resource}: ${JSON.stringify(answer.errors)}`);
  const results = answer.resultType === 'single' ? [answer.result] : answer.results;
  const ignored = results.flatMap(({ ignoredContextKeys = [] }) => ignoredContextKeys);
  if (ignored.length > 0) throw new Error(`${action} has no condition keys ${ignored.join(', ')}`);
  if (answer.resultType === 'single') return answer.overallResult as Decision;
  // It judges any resource of which a statement speaks. AWS asks for every resource, which only `*` is.
  const every = answer.results.find(({ resourcePattern }) => resourcePattern === '*');
  return every === undefined ? 'ImplicitlyDenied' : (every.analysis.result as Decision);
}

/** The simulator knows keys that end as the caller likes only when that follows a slash; KMS has a colon there. */
function withKnownKeys<T>(value: T): T {
  return JSON.parse(
    JSON.stringify(value).replaceAll('"kms:EncryptionContext:', '"aws:PrincipalTag/kms:EncryptionContext:'),
  );
}
