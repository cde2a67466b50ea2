import type { Write } from '../../../core/ports/store.ts';
import type { ManagerMark } from '../../../core/records/app.ts';
import type { Dyno } from '../../../core/records/dyno.ts';
import type { Expected } from './expected.ts';
import { type Change, type Fate, isRange } from './fate.ts';
import type { PassNotes } from './pass-notes.ts';

export type Break = (rule: string, detail: string) => void;

export const RECORDS = 'each dyno becomes what the rules say';
export const NEXT_LOOK = 'the next look is due when something will change, and not before';
export const ROLLOUT_RULE = 'rollouts go on as the rules say';

/** A transaction's limit, minus the executor's own writes; the rest is left to the next pass. */
const WRITES_MAX = 95;
const STARTS_MAX = 100;

/** Fields of a record that the rules do not cover. */
const UNSPOKEN: ReadonlySet<string> = new Set(['updatedAtMs', 'observedVersion', 'id']);

export function isFull({ fates }: Expected): boolean {
  let writes = 0;
  let starts = 0;
  for (const { becomes, newcomer, jobEnds, starts: asked } of fates) {
    writes += (becomes === undefined ? 0 : 1) + (newcomer === undefined ? 0 : 1) + (jobEnds === true ? 1 : 0);
    starts += (asked === true ? 1 : 0) + (newcomer?.starts === true ? 1 : 0);
  }
  return writes > WRITES_MAX || starts > STARTS_MAX;
}

export interface Found {
  /** The new dyno of each fate. */
  readonly newcomers: ReadonlyMap<Fate, Dyno>;
  /** When something will change. */
  readonly lookMs: number;
}

/** `writes`: the plan's transaction; empty if the pass wrote nothing. */
export function judgeRecords(expected: Expected, notes: PassNotes, writes: readonly Write[], breaks: Break): Found {
  const byId = new Map<string, Write>();
  const added: Dyno[] = [];
  for (const write of writes) {
    if (!('key' in write) || !write.key.sort.startsWith('dyno#')) continue;
    if (write.kind === 'put' && write.expect === 'absent') added.push(write.value as Dyno);
    else byId.set(write.key.sort.slice('dyno#'.length), write);
  }
  const newcomers = new Map<Fate, Dyno>();
  let lookMs = expected.lookMs;
  for (const fate of expected.fates) {
    if (fate.dyno !== undefined) {
      const write = byId.get(fate.dyno.id);
      byId.delete(fate.dyno.id);
      const fault = differs(fate.dyno, fate.becomes, write, notes.dynoVersions.get(fate.dyno.id));
      if (fault !== undefined) breaks(RECORDS, `${saying(fate)}: ${fault}`);
      const after = write?.kind === 'put' ? (write.value as Dyno) : fate.dyno;
      if (fate.looksAtNextStart === true) lookMs = Math.min(lookMs, after.nextStartAtMs ?? Number.NaN);
    }
    if (fate.newcomer === undefined) continue;
    const { change, name } = fate.newcomer;
    const index = added.findIndex((dyno) => dyno.name === name || (dyno.kind === 'release' && name === 'release'));
    const [found] = index < 0 ? [] : added.splice(index, 1);
    if (found === undefined) {
      breaks(RECORDS, `${name}: no new dyno is made`);
      continue;
    }
    newcomers.set(fate, found);
    const blank = { id: found.id, name: found.name, number: found.number } as Dyno;
    const fault = fieldThatDiffers(blank, change, found);
    if (fault !== undefined) breaks(RECORDS, `${name}, which is new: ${fault}`);
  }
  const [extra] = added;
  if (extra !== undefined) breaks(RECORDS, `${extra.name} is made, and nothing asks for it`);
  const [touched] = byId.keys();
  if (touched !== undefined) breaks(RECORDS, `${touched} is written, and nobody had read it`);
  judgeLook(expected, notes, writes, lookMs, breaks);
  judgeRollouts(expected, writes, breaks);
  return { newcomers, lookMs };
}

const saying = ({ dyno, name }: Fate): string => `${name} (${dyno?.state ?? 'new'}, ${dyno?.id.slice(-5) ?? ''})`;

function differs(
  dyno: Dyno,
  becomes: Change | 'gone' | undefined,
  write: Write | undefined,
  version: number | undefined,
): string | undefined {
  if (becomes === undefined) {
    if (write === undefined) return undefined;
    if (write.kind !== 'put') return 'it is to stay, and is deleted';
    return fieldThatDiffers(dyno, {}, write.value as Dyno) ?? 'it is written for nothing';
  }
  if (write === undefined) return `it is to become ${JSON.stringify(becomes)}, and stays as it is`;
  if ('expect' in write && write.expect !== version)
    return `it is written over version ${write.expect}, and ${version} was read`;
  if (becomes === 'gone') return write.kind === 'delete' ? undefined : 'it is to go, and stays';
  if (write.kind !== 'put') return 'it is to stay, and is deleted';
  return fieldThatDiffers(dyno, becomes, write.value as Dyno);
}

/** A field with neither its old nor its expected value. */
export function fieldThatDiffers(before: Dyno, change: Change, after: Dyno): string | undefined {
  const fields = new Set([...Object.keys(before), ...Object.keys(change), ...Object.keys(after)]) as Set<keyof Dyno>;
  for (const field of fields) {
    if (UNSPOKEN.has(field)) continue;
    const is = after[field];
    const should = field in change ? change[field] : before[field];
    if (isRange(should)) {
      const within = typeof is === 'number' && is >= should.leastMs - 1 && is <= should.mostMs + 1;
      if (!within) return `${field} is ${is}, not within ${should.leastMs} and ${should.mostMs}`;
    } else if (is !== should && JSON.stringify(is) !== JSON.stringify(should)) {
      return `${field} is ${JSON.stringify(is)}, not ${JSON.stringify(should)}`;
    }
  }
  return undefined;
}

function judgeLook(
  { known }: Expected,
  { mark }: PassNotes,
  writes: readonly Write[],
  lookMs: number,
  breaks: Break,
): void {
  const { nowMs } = known;
  const written = writes.find((write) => write.kind === 'put' && write.key.sort === 'manager');
  if (written?.kind === 'put') {
    const { lookAtMs = 0 } = written.value as ManagerMark;
    if (lookAtMs !== lookMs) breaks(NEXT_LOOK, `it is due in ${lookAtMs - nowMs} ms, not in ${lookMs - nowMs} ms`);
    return;
  }
  const held = mark === 'absent' ? undefined : mark?.value;
  if (held === undefined || held.dirty) {
    breaks(NEXT_LOOK, 'a change was looked at, and the mark still says that it waits');
    return;
  }
  const { lookAtMs = 0 } = held;
  if (lookAtMs <= nowMs || lookAtMs > lookMs) {
    breaks(NEXT_LOOK, `it stays due in ${lookAtMs - nowMs} ms, and something changes in ${lookMs - nowMs} ms`);
  }
}

function judgeRollouts({ rollouts, known }: Expected, writes: readonly Write[], breaks: Break): void {
  const write = writes.find((each) => 'key' in each && each.key.sort === 'rollouts');
  const now = write === undefined ? known.rollouts : write.kind === 'put' ? (write.value as Expected['rollouts']) : {};
  const [should, is] = [inOrder(rollouts), inOrder(now)];
  if (should !== is) breaks(ROLLOUT_RULE, `${is}, not ${should}`);
}

/** As text, independent of the order of fields. */
function inOrder(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([left], [right]) => (left < right ? -1 : 1)))
      : each,
  );
}
