import * as z from 'zod';
import type { HostFault, TaskExit } from '../../../core/ports/dyno-runtime.ts';
import { isUuid } from '../../../core/uuid.ts';
import { DYNO_PORT } from '../ports.ts';
import { withoutArns } from './failures.ts';
import { startFailure } from './start-failure.ts';
import { DYNO_CONTAINER, STOP_TIMEOUT_SECONDS } from './task-definition.ts';

const date = z.coerce.date().nullish();

/** The fields of a task that we read; ECS's answers hold dates, its events the same as text. */
const taskSchema = z.object({
  taskArn: z.string().max(2_048),
  clusterArn: z.string().max(2_048),
  group: z.string().max(1_024).nullish(),
  startedBy: z.string().max(128).nullish(),
  version: z.number().int().nonnegative(),
  lastStatus: z.string().max(64),
  containerInstanceArn: z.string().max(2_048).nullish(),
  stopCode: z.string().max(64).nullish(),
  stoppedReason: z.string().nullish(),
  createdAt: date,
  startedAt: date,
  stoppingAt: date,
  executionStoppedAt: date,
  stoppedAt: date,
  containers: z
    .array(
      z.object({
        name: z.string().nullish(),
        exitCode: z.number().int().nullish(),
        reason: z.string().nullish(),
        networkBindings: z
          .array(z.object({ containerPort: z.number().nullish(), hostPort: z.number().nullish() }))
          .nullish(),
        networkInterfaces: z.array(z.object({ privateIpv4Address: z.string().nullish() })).nullish(),
      }),
    )
    .nullish(),
});

export type EcsTask = z.infer<typeof taskSchema>;

/** Undefined: not a task as ECS describes it. */
export function readTask(task: unknown): EcsTask | undefined {
  return taskSchema.safeParse(task).data;
}

/** The fields that differ from a task as ECS describes it, without their values. */
export function flawsOfTask(task: unknown): readonly string[] {
  const { error } = taskSchema.safeParse(task);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.') || 'the task'}: ${message}`);
}

export interface TaskIdentity {
  readonly appId: string;
  readonly dynoId: string;
  readonly attempt: number;
  readonly type: string;
  /** It waits for a client before its process starts. */
  readonly attach?: true;
}

/** Undefined: a task that the dyno runtime did not start. */
export function identityOf({ group, startedBy }: EcsTask): TaskIdentity | undefined {
  const [, appId = '', type = ''] = /^app\/([^/]+)\/([-\w]{1,128})$/.exec(group ?? '') ?? [];
  const [, dynoId = '', attempt, attach] = /^([^/]+)\/(\d{1,9})(\/attach)?$/.exec(startedBy ?? '') ?? [];
  if (!isUuid(appId) || !isUuid(dynoId)) return undefined;
  return { appId, dynoId, attempt: Number(attempt), type, ...(attach === undefined ? {} : { attach: true }) };
}

/** What a task's state means for its dyno. */
export interface TaskFacts {
  readonly version: number;
  readonly state: 'pending' | 'running' | 'stopped';
  readonly containerInstanceArn?: string;
  /** The machine's port, when the task shares the machine's address. */
  readonly hostPort?: number;
  readonly address?: { readonly host: string; readonly port: number };
  readonly launchedAtMs?: number;
  readonly stoppedAtMs?: number;
  readonly graceExpired: boolean;
  readonly hostFault?: HostFault;
  readonly exit?: TaskExit;
}

const FAULTS: Readonly<Record<string, HostFault>> = {
  SpotInterruption: 'spot-notice',
  TerminationNotice: 'retiring',
  InfrastructureHealth: 'lost',
};
const KILLED = 137;
const TERMINATED = 143;
/** ECS's clock and Docker's differ. */
const CLOCK_SLACK_MS = 1_000;

export function factsOf(task: EcsTask, nowMs: number): TaskFacts {
  const { version, containerInstanceArn, stopCode } = task;
  const dyno = task.containers?.find(({ name }) => name === DYNO_CONTAINER);
  const state = stateOf(task);
  const hostPort = dyno?.networkBindings?.find(({ containerPort }) => containerPort === DYNO_PORT)?.hostPort;
  const host = dyno?.networkInterfaces?.[0]?.privateIpv4Address;
  const hostFault = FAULTS[stopCode ?? ''];
  const common = {
    version,
    state,
    ...(containerInstanceArn == null ? {} : { containerInstanceArn }),
    ...(hostPort == null ? {} : { hostPort }),
    ...(host == null ? {} : { address: { host, port: DYNO_PORT } }),
    ...(task.startedAt == null ? {} : { launchedAtMs: task.startedAt.getTime() }),
  };
  if (state !== 'stopped') return { ...common, graceExpired: false, ...(hostFault === undefined ? {} : { hostFault }) };
  const exit = exitOf(task, dyno);
  const stoppedAtMs = (task.executionStoppedAt ?? task.stoppedAt)?.getTime() ?? nowMs;
  return { ...common, graceExpired: graceExpired(task, exit, stoppedAtMs), stoppedAtMs, exit };
}

/** STOPPING still has its containers; DEPROVISIONING has none, but may keep its network interface for minutes. */
function stateOf({ lastStatus, startedAt }: EcsTask): TaskFacts['state'] {
  if (['STOPPED', 'DEPROVISIONING', 'DELETED'].includes(lastStatus)) return 'stopped';
  if (['RUNNING', 'DEACTIVATING', 'STOPPING'].includes(lastStatus) && startedAt != null) return 'running';
  return 'pending';
}

type Container = NonNullable<EcsTask['containers']>[number];

function exitOf({ stopCode, stoppedReason }: EcsTask, dyno: Container | undefined): TaskExit {
  const status = dyno?.exitCode ?? undefined;
  const said = dyno?.reason ?? stoppedReason ?? '';
  if (stopCode != null && stopCode in FAULTS) {
    return { status: status ?? KILLED, reason: 'lost', detail: withoutArns(stoppedReason ?? stopCode) };
  }
  if (/^OutOfMemory/.test(said)) return { status: status ?? KILLED, reason: 'out-of-memory' };
  const failedToStart = stopCode === 'TaskFailedToStart' || /^Cannot(Start|Pull|Create|Inspect)/.test(said);
  if (failedToStart && status === undefined) {
    return { status: 1, ...startFailure(said) };
  }
  if (/\b(host|instance)\b.*\b(terminated|stopped|lost)\b/i.test(stoppedReason ?? '') && stopCode !== 'UserInitiated') {
    return { status: status ?? KILLED, reason: 'lost', detail: withoutArns(stoppedReason ?? '') };
  }
  if (status !== undefined) return { status, reason: 'exited' };
  // Stopped by us before it ran.
  if (stopCode === 'UserInitiated') return { status: TERMINATED, reason: 'exited' };
  return { status: KILLED, reason: 'lost', detail: withoutArns(stoppedReason ?? 'ECS gave no reason') };
}

/** ECS does not say who killed a task: the grace expired if we stopped it, it was killed, and it used its whole grace. */
function graceExpired({ stopCode, stoppingAt }: EcsTask, exit: TaskExit, stoppedAtMs: number): boolean {
  if (stopCode !== 'UserInitiated' || exit.status !== KILLED || stoppingAt == null) return false;
  return stoppedAtMs - stoppingAt.getTime() >= STOP_TIMEOUT_SECONDS * 1_000 - CLOCK_SLACK_MS;
}
