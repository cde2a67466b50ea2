import type { Failure } from '@aws-sdk/client-ecs';
import type { StartResult } from '../../../core/ports/dyno-runtime.ts';

export type RunTaskProblem =
  | { readonly kind: 'failed'; readonly result: Extract<StartResult, { ok: false }> }
  /** These tasks were already started with this token. */
  | { readonly kind: 'exists'; readonly taskArns: readonly string[] }
  /** Somebody else has deregistered the task definition. */
  | { readonly kind: 'definition-gone' }
  /** The task may run: only a request with the same token shows it. */
  | { readonly kind: 'unknown' };

const DETAIL_LENGTH_MAX = 300;
export const NO_ROOM = 'no machine has room for it';

const failed = (reason: string, retry: boolean): RunTaskProblem => ({
  kind: 'failed',
  result: { ok: false, reason, retry },
});
/** An error from before ECS checks the token: it says nothing about a task that an earlier request started. */
const unanswered = (reason: string): RunTaskProblem => ({
  kind: 'failed',
  result: { ok: false, reason, retry: true, unanswered: true },
});

interface Rule {
  readonly names: readonly string[];
  /** Of the message; absent: any message. */
  readonly message?: RegExp;
  readonly problem: RunTaskProblem;
}

/** First match counts. EC2's throttles and several limits arrive as errors that usually mean a fault of the caller. */
const RULES: readonly Rule[] = [
  {
    names: ['ThrottlingException', 'Throttling', 'TooManyRequestsException', 'RequestLimitExceeded'],
    problem: unanswered('AWS is throttling starts'),
  },
  {
    names: ['InvalidParameterException', 'ClientException'],
    message: /rate exceeded|throttl|request limit exceeded/i,
    problem: unanswered('AWS is throttling starts'),
  },
  {
    names: ['InvalidParameterException', 'ClientException'],
    message: /task ?definition.*(inactive|not found|does not exist)/i,
    problem: { kind: 'definition-gone' },
  },
  {
    // At most 500 tasks of a cluster may wait for a machine (ECS service quotas).
    names: ['ClientException', 'InvalidParameterException', 'LimitExceededException'],
    message: /provisioning/i,
    problem: unanswered('too many dynos wait for a machine'),
  },
  {
    // Fargate's error for a zone or a size (AWS Knowledge Center: "Capacity is unavailable").
    names: ['ClientException', 'InvalidParameterException', 'ServerException'],
    message: /capacity is unavailable/i,
    problem: unanswered(NO_ROOM),
  },
  {
    names: ['ClientException', 'InvalidParameterException', 'LimitExceededException'],
    message: /limit|quota|concurrent/i,
    problem: unanswered('a quota of the AWS account is used up'),
  },
  {
    names: ['AccessDeniedException', 'ClusterNotFoundException', 'PlatformUnknownException', 'BlockedException'],
    problem: unanswered('the AWS account refuses to run it'),
  },
  { names: ['ExpiredTokenException', 'UnrecognizedClientException'], problem: { kind: 'unknown' } },
];

export function classifyError(error: unknown): RunTaskProblem {
  const { name = '', message = '', resourceIds } = Object(error) as Partial<Error> & { resourceIds?: string[] };
  if (name === 'ConflictException') return { kind: 'exists', taskArns: resourceIds ?? [] };
  const rule = RULES.find((one) => one.names.includes(name) && one.message?.test(message) !== false);
  if (rule !== undefined) return rule.problem;
  const isOurs = ['InvalidParameterException', 'ClientException', 'UnsupportedFeatureException'].includes(name);
  return isOurs ? failed(withoutArns(message), false) : { kind: 'unknown' };
}

/** Why RunTask placed nothing. ECS repeats its answer to a token, so each retry is another attempt. */
export function classifyFailures(failures: readonly Failure[]): RunTaskProblem {
  const [first] = failures;
  const reason = first?.reason ?? first?.detail ?? 'no task was placed';
  return failed(`${NO_ROOM} (${withoutArns(reason)})`, true);
}

/** Removes account numbers and names of our own resources, which mean nothing in an app's log. */
export function withoutArns(text: string): string {
  const plain = text.replace(/arn:[\w-]+:[^\s,;"')]+/g, '…').replace(/\b\d{12}\.dkr\.ecr\.[\w.-]+/g, '…');
  return plain.slice(0, DETAIL_LENGTH_MAX);
}
