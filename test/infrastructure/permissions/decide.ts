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
 * IAM's decision, by @cloud-copilot/iam-simulate. It throws for an unknown action, for an action that does not apply to such a
 * resource, and for unknown condition keys.
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
  // It judges every resource that a statement names. AWS checks every resource, which only `*` matches.
  const every = answer.results.find(({ resourcePattern }) => resourcePattern === '*');
  return every === undefined ? 'ImplicitlyDenied' : (every.analysis.result as Decision);
}

/** The simulator accepts keys with a variable end only after a slash; KMS has a colon there. */
function withKnownKeys<T>(value: T): T {
  return JSON.parse(
    JSON.stringify(value).replaceAll('"kms:EncryptionContext:', '"aws:PrincipalTag/kms:EncryptionContext:'),
  );
}
