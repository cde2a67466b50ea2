import type { MutantResult } from '@stryker-mutator/api/core';

/** A mutant that no test can catch, because the program behaves the same with it. */
export interface Equivalent {
  readonly file: string;
  /** The line on which the mutant begins, without indentation. */
  readonly line: string;
  readonly mutator: string;
  /** The replacement; undefined: all mutants of that kind on the line. */
  readonly replacement?: string;
  readonly why: string;
}

export const EQUIVALENT: readonly Equivalent[] = [
  {
    file: 'core/dyno-manager/plan/one-off-step.ts',
    line: "case 'booting':",
    mutator: 'StringLiteral',
    why: 'nothing that runs once is probed, so none of it boots (classify.ts)',
  },
  {
    file: 'core/dyno-manager/plan/progress.ts',
    line: 'const launchedAtMs = task?.launchedAtMs;',
    mutator: 'OptionalChaining',
    why: 'progress takes none but subjects with a task',
  },
  {
    file: 'core/dyno-manager/plan/formation-decisions.ts',
    line: "const patienceMs = task?.hostFault === 'spot-notice' ? SPOT_PATIENCE_MS : REPLACEMENT_PATIENCE_MS;",
    mutator: 'OptionalChaining',
    why: 'a dyno is up only where its task is seen (classify.ts)',
  },
  {
    file: 'services/git/credentials.ts',
    line: "const password = colon < 0 ? '' : text.slice(colon + 1);",
    mutator: 'StringLiteral',
    why: 'a text with a space is refused as none is',
  },
  {
    file: 'services/git/git-handler.ts',
    line: "explain(response, error, parseGitRequest(request.method ?? '', request.url ?? '')?.appName ?? '');",
    mutator: 'StringLiteral',
    why: 'the platform is asked only where the request was read, which has a method and a path',
  },
  {
    file: 'services/git/git-handler.ts',
    line: "explain(response, error, parseGitRequest(request.method ?? '', request.url ?? '')?.appName ?? '');",
    mutator: 'OptionalChaining',
    why: 'the platform is asked only where the request was read',
  },
  {
    file: 'services/git/git-request.ts',
    line: "const [path = '', query = ''] = target.split('?', 2);",
    mutator: 'StringLiteral',
    why: 'a text that was split has a first part, and a query without `service` is as good as none',
  },
  {
    file: 'services/git/http-backend.ts',
    line: "if (!stdin || !stdout || !stderr || !conversation || !verdict) throw new Error('git was started without its pipes');",
    mutator: 'LogicalOperator',
    why: 'all five pipes were asked for and are there; this tells the types so',
  },
  {
    file: 'services/git/http-backend.ts',
    line: 'Object.entries(optional).filter((entry): entry is [string, string] => entry[1] !== undefined),',
    mutator: 'MethodExpression',
    why: 'Node gives a process no variable whose value is undefined',
  },
  {
    file: 'services/git/http-backend.ts',
    line: 'if (body.length > 0) await writeSlowly(response, body);',
    mutator: 'EqualityOperator',
    replacement: 'body.length >= 0',
    why: 'no bytes that are written are none that arrive',
  },
  {
    file: 'services/git/http-backend.ts',
    line: 'Object.entries(optional).filter((entry): entry is [string, string] => entry[1] !== undefined),',
    mutator: 'ConditionalExpression',
    replacement: 'true',
    why: 'Node gives a process no variable whose value is undefined',
  },
  {
    file: 'services/git/http-backend.ts',
    line: 'if (body.length > 0) await writeSlowly(response, body);',
    mutator: 'ConditionalExpression',
    replacement: 'true',
    why: 'no bytes that are written are none that arrive',
  },
  {
    file: 'services/git/http-backend.ts',
    line: "for (const stream of [conversation, verdict]) stream.on('error', () => stream.destroy());",
    mutator: 'ArrowFunction',
    why: 'a pipe that breaks destroys itself; that its error is heard is what matters',
  },
  {
    file: 'services/git/http-backend.ts',
    line: 'const upload = pipeline(request, stdin).catch(() => stdin.destroy());',
    mutator: 'ArrowFunction',
    why: 'a pipeline that breaks has destroyed what it wrote to; that its error is heard is what matters',
  },
  {
    file: 'services/git/push-plan.ts',
    line: 'if (oldId === undefined || newId === undefined || ref === undefined) return undefined;',
    mutator: 'LogicalOperator',
    why: 'a line that fits has all three, another one has none',
  },
  {
    file: 'services/git/turns.ts',
    line: 'let taken = false;',
    mutator: 'BooleanLiteral',
    why: 'to leave before a turn was taken is to call what does nothing',
  },
  {
    file: 'services/router/client-connection.ts',
    line: 'if (end > 0) exchange.onRequestBody(end === chunk.length ? chunk : chunk.subarray(0, end));',
    mutator: 'ConditionalExpression',
    replacement: 'false',
    why: 'a part that is all of it has the same bytes',
  },
  {
    file: 'services/router/client-connection.ts',
    line: "this.mode = 'waiting';",
    mutator: 'StringLiteral',
    why: 'nothing asks for it by name: it is none of the modes in which something is read',
  },
  {
    file: 'services/router/client-connection.ts',
    line: 'this.replyWithPage(400, errorPage(BAD_HEADER, app?.routes), { headOnly: false, keepAlive: false });',
    mutator: 'ObjectLiteral',
    why: 'of both it is asked only whether they are true',
  },
];

export function isEquivalent({ fileName, mutatorName, replacement }: MutantResult, line: string): boolean {
  return EQUIVALENT.some(
    (each) =>
      each.file === fileName &&
      each.line === line.trim() &&
      each.mutator === mutatorName &&
      (each.replacement === undefined || each.replacement === replacement),
  );
}
