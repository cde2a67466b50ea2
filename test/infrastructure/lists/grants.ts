import { type Assembly, type Resource, readable, type StackName, type Stage } from '../assembly.ts';
import { type Rendered, readableCondition, roleStatements } from '../statements.ts';

/** Who may do what: for each role, who may assume it and what it may do; then what resource policies allow and deny. */
export function grants(assembly: Assembly, stage: Stage): string {
  return [...ofRoles(assembly, stage), ...ofResources(assembly, stage)].join('\n');
}

function ofRoles(assembly: Assembly, stage: Stage): string[] {
  const lines = new Map<string, string[]>();
  for (const { stack, holder, effect, actions, resources, condition } of roleStatements(assembly, stage)) {
    const verb = effect === 'Allow' ? '' : `${effect} `;
    const granted = actions.flatMap((action) => resources.map((on) => `  ${verb}${action} on ${on}${when(condition)}`));
    const role = `${stack} ${holder.replace(/[<>]/g, '')}`;
    lines.set(role, [...(lines.get(role) ?? []), ...granted]);
  }
  const roles = assembly.all(stage, 'AWS::IAM::Role').map(([stack, id, { Properties }]) => {
    const managed = (Properties.ManagedPolicyArns ?? []) as readonly unknown[];
    const name = `${stack} ${id}`;
    const granted = lines.get(name) ?? [];
    lines.delete(name);
    return [
      name,
      ...trusted(Properties.AssumeRolePolicyDocument.Statement),
      ...managed.map((policy) => `  managed policy ${readable(policy)}`),
      ...granted.sort(),
    ].join('\n');
  });
  // Of no role in these stacks.
  if (lines.size > 0) throw new Error(`no role ${[...lines.keys()].join(', ')}`);
  return roles.sort();
}

const trusted = (statements: readonly Rendered[]): string[] =>
  statements.map(({ Effect, Principal, Condition }) => {
    const condition = Condition === undefined ? undefined : readableCondition(Condition);
    return `  ${Effect === 'Allow' ? 'is' : 'is never'} taken by ${who(Principal)}${when(condition)}`;
  });

/** Policies that are part of a resource, or attached to one. */
function ofResources(assembly: Assembly, stage: Stage): string[] {
  return assembly
    .all(stage)
    .filter(([, , { Type }]) => !Type.startsWith('AWS::IAM::'))
    .map(([stack, id, resource]): [StackName, string, string[]] => [stack, id, statementLines(resource)])
    .filter(([, , lines]) => lines.length > 0)
    .map(([stack, id, lines]) => [`${stack} ${id}`, ...lines.sort()].join('\n'))
    .sort();
}

function statementLines({ Type, Properties = {} }: Resource): string[] {
  if (Type === 'AWS::Lambda::Permission') {
    const { Action, FunctionName, Principal, SourceArn } = Properties;
    const from = SourceArn === undefined ? 'anywhere' : readable(SourceArn);
    return [`  Allow ${readable(Principal)}: ${Action} on ${readable(FunctionName)} from ${from}`];
  }
  const { PolicyDocument, KeyPolicy, RepositoryPolicyText } = Properties;
  const statements: readonly Rendered[] = (PolicyDocument ?? KeyPolicy ?? RepositoryPolicyText)?.Statement ?? [];
  return statements.flatMap(({ Effect, Principal, Action, Resource, Condition }) => {
    const condition = Condition === undefined ? undefined : readableCondition(Condition);
    return [Action]
      .flat()
      .flatMap((action) =>
        [Resource].flat().map((on) => `  ${Effect} ${who(Principal)}: ${action} on ${readable(on)}${when(condition)}`),
      );
  });
}

const when = (condition: string | undefined): string => (condition === undefined ? '' : ` if ${condition}`);

/** `*`, or a service, or an account. */
function who(principal: unknown): string {
  if (typeof principal === 'string') return principal;
  return Object.values(principal as Record<string, unknown>)
    .flat()
    .map(readable)
    .join(', ');
}
