import { type Assembly, readable, type StackName, type Stage } from './assembly.ts';

export interface Statement {
  readonly stack: StackName;
  /** Logical ids of the roles, or of the resource that has the policy. */
  readonly holder: string;
  readonly effect: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly condition: string | undefined;
}

/** A statement as it is in templates. */
export interface Rendered {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Principal?: unknown;
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** Every statement that grants something to a role, in all stacks. */
export function roleStatements(assembly: Assembly, stage: Stage): Statement[] {
  const policies = assembly.all(stage, 'AWS::IAM::Policy').flatMap(([stack, , { Properties }]) =>
    (Properties.PolicyDocument.Statement as Rendered[]).map((statement) => ({
      stack,
      holder: (Properties.Roles as unknown[]).map(readable).join(', '),
      statement,
    })),
  );
  const inline = assembly
    .all(stage, 'AWS::IAM::Role')
    .flatMap(([stack, id, { Properties }]) =>
      ((Properties.Policies ?? []) as { PolicyDocument: { Statement: Rendered[] } }[]).flatMap(({ PolicyDocument }) =>
        PolicyDocument.Statement.map((statement) => ({ stack, holder: `<${id}>`, statement })),
      ),
    );
  return [...policies, ...inline].map(({ stack, holder, statement }) => ({
    stack,
    holder,
    effect: statement.Effect,
    actions: [statement.Action].flat(),
    resources: [statement.Resource].flat().map(readable),
    condition: statement.Condition === undefined ? undefined : readableCondition(statement.Condition),
  }));
}

export function readableCondition(condition: unknown): string {
  return Object.entries(condition as Record<string, Record<string, unknown>>)
    .flatMap(([operator, keys]) => Object.entries(keys).map(([key, value]) => `${key} ${operator} ${readable(value)}`))
    .sort()
    .join(' and ');
}
