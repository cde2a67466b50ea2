import type { AppRoutes } from '../../../core/records/app-routes.ts';
import type { Dyno } from '../../../core/records/dyno.ts';
import type { Expected } from './expected.ts';
import type { Fate } from './fate.ts';
import type { Break } from './judge-records.ts';
import type { PassNotes } from './pass-notes.ts';
import { expectedRoutes } from './routes.ts';

export const LOG = 'the log says what happens, once and in order';
export const STARTS = 'what is wanted is asked for, and nothing else';
export const STOPS = 'who is to go is told so, and when it ends';
export const WAKE = 'a pass says when it wants to be woken';
export const ROUTES = 'routers know who serves';

const QUEUE_DELAY_MS = 15 * 60_000;

/** Lines by name; if two dynos share a name, each one's lines are in order. */
export function judgeLog(
  expected: Expected,
  { lines, answerLines, unheard }: PassNotes,
  newcomers: ReadonlyMap<Fate, Dyno>,
  breaks: Break,
): void {
  const said = new Map<string, string[]>();
  for (const { process, message } of lines)
    if (!unheard.has(process)) said.set(process, [...(said.get(process) ?? []), message]);
  const wanted = new Map<string, (readonly string[])[]>();
  const add = (name: string, messages: readonly string[]) => {
    if (messages.length > 0 && !unheard.has(name)) wanted.set(name, [...(wanted.get(name) ?? []), messages]);
  };
  for (const { process, message } of expected.typeLines) add(process, [message]);
  for (const fate of expected.fates) {
    // A release phase's number is random.
    add(fate.dyno === undefined ? (newcomers.get(fate)?.name ?? fate.name) : fate.name, fate.lines);
  }
  for (const { process, message } of answerLines) add(process, [message]);
  for (const [name, sequences] of wanted) {
    const own = said.get(name);
    const count = sequences.reduce((sum, { length }) => sum + length, 0);
    const right = own !== undefined && own.length === count && sequences.every((each) => isWithin(each, own));
    if (!right) breaks(LOG, `${name} says ${JSON.stringify(own ?? [])}, not ${JSON.stringify(sequences.flat())}`);
    said.delete(name);
  }
  for (const [name, messages] of said)
    breaks(LOG, `${name} says ${JSON.stringify(messages)}, and nothing of it happened`);
}

function isWithin(sequence: readonly string[], all: readonly string[]): boolean {
  let at = 0;
  for (const message of all) if (message === sequence[at]) at += 1;
  return at === sequence.length;
}

export interface Limits {
  /** The runtime has a limit of starts and stops per second, and the rest waits. */
  readonly rated: boolean;
  /** Some of the records that a start needs cannot be read. */
  readonly damaged: boolean;
  readonly late: boolean;
}

export function judgeStarts(
  expected: Expected,
  notes: PassNotes,
  newcomers: ReadonlyMap<Fate, Dyno>,
  limits: Limits,
  breaks: Break,
): void {
  const wanted = new Map<string, string>();
  for (const fate of expected.fates) {
    const { dyno, newcomer } = fate;
    if (fate.starts === true && dyno !== undefined) wanted.set(`${dyno.id}/${dyno.attempt}`, dyno.name);
    const comes = newcomers.get(fate);
    if (newcomer?.starts === true && comes !== undefined) wanted.set(`${comes.id}/1`, comes.name);
  }
  for (const { dynoId, attempt, name } of notes.starts) {
    if (!wanted.delete(`${dynoId}/${attempt}`))
      breaks(STARTS, `${name} (attempt ${attempt}) is asked for, and not wanted`);
  }
  const [left] = wanted.values();
  if (left === undefined || limits.damaged || limits.late || isRated(limits, notes)) return;
  breaks(STARTS, `${left} is wanted, and not asked for`);
}

/** It may wait for the runtime, but must then request another pass. */
const isRated = ({ rated }: Limits, { nudges }: PassNotes): boolean =>
  rated && nudges.some((delayMs) => delayMs <= 10_000);

export function judgeWake(
  { known, purge }: Expected,
  { nudges, answersRefused, starts }: PassNotes,
  lookMs: number,
  breaks: Break,
): void {
  const delayMs = lookMs - known.nowMs;
  // A purged app needs no further pass.
  if (!purge && delayMs <= QUEUE_DELAY_MS && !nudges.some((each) => each <= delayMs)) {
    breaks(WAKE, `in ${delayMs} ms something changes, and it asks for [${nudges.join(', ')}]`);
  }
  const failed = starts.some(({ result }) => result?.ok === false && result.unanswered !== true);
  if ((answersRefused > 0 || failed) && !nudges.includes(0))
    breaks(WAKE, 'a start did not go well, and nobody looks at once');
}

export function judgeRouters(
  expected: Expected,
  notes: PassNotes,
  routers: { readonly known: AppRoutes | undefined; readonly down: boolean },
  breaks: Break,
): void {
  const should = expectedRoutes(expected);
  if (should === undefined) {
    if (!notes.unrouted) breaks(ROUTES, 'its app is deleted, and its routes stay');
    return;
  }
  const is = notes.published ?? routers.known;
  if (notes.published === undefined && routers.down) return;
  if (is === undefined) {
    breaks(ROUTES, 'they know nothing of it');
    return;
  }
  const { version, ...routes } = is;
  const held = notes.mark === 'absent' || notes.mark === undefined ? 0 : notes.mark.version;
  // Another process has published something else since.
  if (notes.published === undefined && version > held) return;
  const fault = differing(should, routes);
  if (fault !== undefined) breaks(ROUTES, fault);
}

function differing(should: object, is: object): string | undefined {
  const before = should as Readonly<Record<string, unknown>>;
  const after = is as Readonly<Record<string, unknown>>;
  for (const field of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [left, right] = [JSON.stringify(after[field]), JSON.stringify(before[field])];
    if (left !== right) return `${field}: ${left}, not ${right}`;
  }
  return undefined;
}
