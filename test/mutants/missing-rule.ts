import type { Survivor } from './score.ts';

const short = (text: string): string => (text.length > 70 ? `${text.slice(0, 67)}...` : text);

/** What a test would have to assert to catch it. */
const RULES: Readonly<Record<string, (original: string, replacement: string) => string>> = {
  ArithmeticOperator: (original, replacement) => `the exact value of \`${original}\` (it may be \`${replacement}\`)`,
  ArrayDeclaration: (original, replacement) =>
    replacement === '[]' ? `that \`${original}\` holds what it holds` : `that \`${original}\` is empty`,
  ArrowFunction: (original) => `what \`${original}\` returns`,
  AssignmentOperator: (original, replacement) => `the result of \`${original}\` (it may be \`${replacement}\`)`,
  BlockStatement: (original) => `the effect of \`${original}\``,
  BooleanLiteral: (original, replacement) => `that it is \`${original}\` and not \`${replacement}\``,
  ConditionalExpression: (original, replacement) =>
    replacement === 'true' || replacement === 'false'
      ? `a case in which \`${original}\` is ${replacement === 'true' ? 'false' : 'true'} and it matters`
      : `a case that comes to \`${original}\``,
  EqualityOperator: (original, replacement) => `the case between \`${original}\` and \`${replacement}\``,
  LogicalOperator: (original, replacement) => `a case that tells \`${original}\` from \`${replacement}\``,
  MethodExpression: (original, replacement) => `a case that tells \`${original}\` from \`${replacement}\``,
  ObjectLiteral: (original) => `the fields of \`${original}\``,
  OptionalChaining: (original) => `a case in which something in \`${original}\` is not there`,
  Regex: (original, replacement) => `a text on which \`${original}\` and \`${replacement}\` differ`,
  StringLiteral: (original) => `the text ${original}`,
  UnaryOperator: (original, replacement) => `the sign of \`${original}\` (it may be \`${replacement}\`)`,
  UpdateOperator: (original, replacement) => `the count that \`${original}\` keeps (it may be \`${replacement}\`)`,
};

export function missingRule({ mutator, original, replacement, uncovered, notRun }: Survivor): string {
  const rule = RULES[mutator]?.(short(original), short(replacement)) ?? `\`${short(original)}\``;
  if (uncovered) return `no test comes to ${rule}`;
  return `no test asserts ${rule}${notRun > 0 ? ` (${notRun} slower tests not run)` : ''}`;
}
