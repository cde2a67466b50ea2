import type { Failure } from '@aws-sdk/client-ecs';
import type { StartResult } from '../../../core/ports/dyno-runtime.ts';

export type RunTaskProblem =
  | { readonly kind: 'failed'; readonly result: Extract<StartResult, { ok: false }> }
  /** The token has made these tasks already. */
  | { readonly kind: 'exists'; readonly taskArns: readonly string[] }
  /** What was registered has been deregistered behind our back. */
  | { readonly kind: 'definition-gone' }
  /** The task may run: only the same token again tells. */
  | { readonly kind: 'unknown' };

const DETAIL_LENGTH_MAX = 300;
export const NO_ROOM = 'no machine has room for it';

const failed = (reason: string, retry: boolean): RunTaskProblem => ({
  kind: 'failed',
  result: { ok: false, reason, retry },
});
/** An error that comes before ECS looks at the token: a task that an earlier request has made is not spoken of. */
const unanswered = (reason: string): RunTaskProblem => ({
  kind: 'failed',
  result: { ok: false, reason, retry: true, unanswered: true },
});

interface Rule {
  readonly names: readonly string[];
  /** Of the message; absent: all of them. */
  readonly message?: RegExp;
  readonly problem: RunTaskProblem;
}

/** First match counts. EC2's throttles and several limits come as errors that are otherwise the caller's fault. */
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
    // Fargate's, for a zone or a size (AWS Knowledge Center: "Capacity is unavailable").
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

/** Why RunTask placed nothing. ECS answers the same again for the same token, so each retry is another attempt. */
export function classifyFailures(failures: readonly Failure[]): RunTaskProblem {
  const [first] = failures;
  const reason = first?.reason ?? first?.detail ?? 'no task was placed';
  return failed(`${NO_ROOM} (${withoutArns(reason)})`, true);
}

/** Account numbers and names of our own resources mean nothing to an app's log. */
export function withoutArns(text: string): string {
  const plain = text.replace(/arn:[\w-]+:[^\s,;"')]+/g, '…').replace(/\b\d{12}\.dkr\.ecr\.[\w.-]+/g, '…');
  return plain.slice(0, DETAIL_LENGTH_MAX);
}
