import type { StartResult } from '../../ports/dyno-runtime.ts';
import type { Random } from '../../ports/random.ts';
import { type Dyno, isOfJob } from '../../records/dyno.ts';
import { MINUTE_MS, SECOND_MS } from '../../time.ts';
import { crashWaitMs } from '../plan/crash-policy.ts';
import { systemLines } from '../plan/dyno-plan.ts';
import { crashedRecord } from '../plan/formation-step.ts';
import { finished } from '../plan/release-step.ts';
import { type SystemLine, startFailed, stateChanged } from '../plan/system-lines.ts';

/** A one-off or release phase stops after this many attempts; the formation never does. */
const ATTEMPTS_MAX = 5;

export interface AfterStart {
  /** Undefined: the record is deleted. */
  readonly dyno?: Dyno;
  readonly lines: readonly SystemLine[];
}

/** A dyno's record after the runtime's answer. A runtime may repeat its answer to a failed attempt, so a retry is a new attempt. */
export function afterStart(dyno: Dyno, result: StartResult, nowMs: number, random: Random): AfterStart {
  if (result.ok) return { dyno: { ...dyno, taskRef: result.taskRef }, lines: [] };
  const reason = systemLines(dyno, startFailed(result.reason));
  if (result.retry && (dyno.kind === 'formation' || dyno.attempt < ATTEMPTS_MAX)) {
    const attempt = dyno.attempt + 1;
    const { firstIntentAtMs: _answered, ...rest } = dyno;
    const nextStartAtMs = nowMs + retryWaitMs(dyno.attempt, random);
    return { dyno: { ...rest, attempt, nextStartAtMs }, lines: reason };
  }
  if (dyno.kind === 'formation') {
    // The next start would fail in the same way, so the first crash's immediate restart makes no sense.
    const crashCount = Math.max(2, dyno.crashCount + 1);
    return {
      dyno: crashedRecord(dyno, crashCount, nowMs, crashWaitMs(crashCount, dyno.size, random)),
      lines: [...reason, ...systemLines(dyno, stateChanged('starting', 'crashed'))],
    };
  }
  const lines = [...reason, ...systemLines(dyno, stateChanged('starting', 'complete'))];
  // The outcome of both is recorded before the record is deleted.
  const noted = dyno.kind === 'release' || isOfJob(dyno);
  return noted ? { dyno: finished(dyno, 'failed', nowMs), lines } : { lines };
}

/** 1, 2, 4 … seconds up to a minute, half of it to all of it. */
function retryWaitMs(attempt: number, random: Random): number {
  const ceilingMs = Math.min(MINUTE_MS, SECOND_MS * 2 ** Math.min(attempt - 1, 6));
  return Math.round(ceilingMs * (0.5 + random.next() / 2));
}
