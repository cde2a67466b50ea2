import { setTimeout as sleep } from 'node:timers/promises';
import type { Container, ContainerInspectInfo } from 'dockerode';
import type { TaskExit } from '../../../../core/ports/dyno-runtime.ts';
import type { Watch } from './watch.ts';

export const SIGTERM_STATUS = 143;
export const SIGKILL_STATUS = 137;
/** Exit statuses of a container that is stopped from outside, or whose daemon stops or starts again. */
const STATUSES_BY_DOCKER: readonly number[] = [SIGKILL_STATUS, SIGTERM_STATUS, 255];
/** Docker may learn of the kernel's kill a moment after the exit. */
const OUT_OF_MEMORY_WAIT_MS = 200;

/** What is known of a container before its end. */
export interface Heard {
  /** We asked it to stop. */
  asked: boolean;
  outOfMemory: boolean;
  /** A signal came through Docker: from us, from somebody else, or because Docker shuts down. */
  killed: boolean;
}

/** Classifies the exit of a container. What Docker or its operator did to it is no crash of the dyno. */
export async function exitOf(
  container: Container,
  { ExitCode: status, FinishedAt, OOMKilled }: ContainerInspectInfo['State'],
  heard: Heard,
  watch: Watch,
): Promise<TaskExit> {
  if (status === 0 || heard.asked) return { status, reason: 'exited' };
  if (heard.outOfMemory || OOMKilled) return { status, reason: 'out-of-memory' };
  const byDocker = heard.killed || watch.wasAwayAt(Date.parse(FinishedAt));
  if (byDocker && STATUSES_BY_DOCKER.includes(status)) return { status, reason: 'lost', detail: 'ended by Docker' };
  if (status !== SIGKILL_STATUS) return { status, reason: 'exited' };
  await sleep(OUT_OF_MEMORY_WAIT_MS);
  const again = await container.inspect().catch(() => undefined);
  const outOfMemory = heard.outOfMemory || again?.State.OOMKilled === true;
  return { status, reason: outOfMemory ? 'out-of-memory' : 'exited' };
}
