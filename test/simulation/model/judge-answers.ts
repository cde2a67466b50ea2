import type { Write } from '../../../core/ports/store.ts';
import type { Dyno } from '../../../core/records/dyno.ts';
import type { Change } from './fate.ts';
import { crashWait, OURS } from './heroku.ts';
import { type Break, fieldThatDiffers } from './judge-records.ts';
import type { PassNotes, StartAsked } from './pass-notes.ts';
import { became, notStarted } from './words.ts';

export const ANSWERS = 'the answer to a start is noted as it was given';

/** The record after the runtime's answer, and the log lines about it. `gone`: it is deleted. */
function afterAnswer(
  dyno: Dyno,
  { result, answeredAtMs: nowMs = 0 }: StartAsked,
): { readonly change: Change | 'gone'; readonly lines: readonly string[] } | undefined {
  if (result === undefined) return undefined;
  if (result.ok) return { change: { taskRef: result.taskRef }, lines: [] };
  const { kind, attempt, crashCount, size } = dyno;
  const lines = [result.reason.startsWith('Error R') ? result.reason : notStarted(result.reason)];
  if (result.retry && (kind === 'formation' || attempt < OURS.attemptsMax)) {
    // 1, 2, 4 … seconds up to a minute, half of it to all of it.
    const mostMs = Math.min(60_000, 1_000 * 2 ** (attempt - 1));
    const nextStartAtMs = { leastMs: nowMs + mostMs / 2, mostMs: nowMs + mostMs };
    return { change: { attempt: attempt + 1, nextStartAtMs, firstIntentAtMs: undefined }, lines };
  }
  if (kind === 'formation') {
    const crash = Math.max(2, crashCount + 1);
    const { leastMs, mostMs } = crashWait(crash, size);
    const change: Change = {
      state: 'crashed',
      crashCount: crash,
      nextStartAtMs: { leastMs: nowMs + leastMs, mostMs: nowMs + mostMs },
      stateChangedAtMs: nowMs,
      address: undefined,
      stopCause: undefined,
    };
    return { change, lines: [...lines, became('starting', 'crashed')] };
  }
  const noted = kind === 'release' || dyno.job !== undefined;
  const change: Change | 'gone' = noted ? { state: 'stopping', outcome: 'failed', stateChangedAtMs: nowMs } : 'gone';
  return { change, lines: [...lines, became('starting', 'complete')] };
}

/** `damaged`: what a start needs may be missing, and then no runtime is asked. */
export function judgeAnswers(notes: PassNotes, damaged: boolean, writes: readonly Write[], breaks: Break): void {
  const before = notes.planned();
  for (const write of writes) {
    if (!('key' in write) || !write.key.sort.startsWith('dyno#')) continue;
    const id = write.key.sort.slice('dyno#'.length);
    const dyno = before.get(id);
    const asked = notes.starts.find(({ dynoId }) => dynoId === id);
    if (dyno === undefined) continue;
    if (asked === undefined) {
      if (!damaged) breaks(ANSWERS, `${dyno.name} is written, and the runtime was not asked`);
      notes.unheard.add(dyno.name);
      continue;
    }
    asked.recorded = true;
    if (!('expect' in write) || typeof write.expect !== 'number')
      breaks(ANSWERS, `${dyno.name}: whatever was written since`);
    const news = notes.plannedWrites.some(
      (each) =>
        each.kind === 'put' && (each.value as Dyno).id === id && (each.value as Dyno).firstIntentAtMs === undefined,
    );
    // It may run because of an earlier request.
    if (asked.result?.ok === false && asked.result.unanswered === true && !news) {
      breaks(ANSWERS, `${dyno.name}: nobody knows whether it runs, and it is given up`);
    }
    const should = afterAnswer(dyno, asked);
    if (should === undefined) {
      breaks(ANSWERS, `${dyno.name} is written before the runtime has answered`);
      continue;
    }
    for (const message of should.lines) notes.answerLines.push({ process: dyno.name, message });
    const fault =
      should.change === 'gone'
        ? write.kind === 'delete'
          ? undefined
          : 'its record stays'
        : write.kind === 'put'
          ? fieldThatDiffers(dyno, should.change, write.value as Dyno)
          : 'its record is deleted';
    if (fault !== undefined) breaks(ANSWERS, `${dyno.name} (attempt ${dyno.attempt}): ${fault}`);
  }
}
