import type { RuntimeEvent } from '../../../core/ports/dyno-runtime.ts';
import type { Write } from '../../../core/ports/store.ts';
import type { Dyno } from '../../../core/records/dyno.ts';
import type { LogLine } from '../../../core/records/log-line.ts';
import type { Process } from '../processes.ts';
import type { World } from '../world.ts';
import { type Expected, expectedOf } from './expected.ts';
import { ANSWERS, judgeAnswers } from './judge-answers.ts';
import { judgeLog, judgeRouters, judgeStarts, judgeWake, type Limits, WAKE } from './judge-effects.ts';
import { type Break, type Found, isFull, judgeRecords, NEXT_LOOK } from './judge-records.ts';
import { AskedStops } from './judge-stops.ts';
import { LeftAlone } from './left-alone.ts';
import { MemoryTold } from './memory-told.ts';
import { PassNotes } from './pass-notes.ts';
import { WORDS } from './words.ts';

/** A sample that a manager has just received. */
export type Sample = RuntimeEvent & { readonly kind: 'memory' };

interface OfProcess {
  readonly stops: AskedStops;
  readonly memory: MemoryTold;
  readonly leftAlone: LeftAlone;
  /** The warnings still missing in the log for samples over the quota. */
  readonly warnings: string[];
}

interface Judged extends Found {
  readonly expected: Expected;
  readonly full: boolean;
}

const MEMORY = 'the log warns of memory over the quota, and of nothing else';

/** Faults that do not make a call fail: the process gets an answer, and acts on it. */
const ANSWERS_ONLY = /refused|hidden|partial|stale|mixed|start throttled/;

/** Compares each pass of a manager with what Heroku's rules require after everything that it had read. */
export class Watch {
  readonly #world: World;
  readonly #breaks: Break;
  readonly #processes = new WeakMap<Process, OfProcess>();
  readonly #judged = new WeakMap<PassNotes, Judged>();
  /** What went wrong around each app since its last pass. */
  readonly #around = new Map<string, Set<string>>();

  constructor(world: World, breaks: Break) {
    this.#world = world;
    this.#breaks = breaks;
  }

  begin(process: Process, appId: string, deadlineMs: number | undefined): PassNotes {
    const notes = new PassNotes(appId, this.#world.clockMs(process), deadlineMs);
    // While it publishes all routes it also reads what a pass reads.
    notes.mixed = process.publishing;
    return notes;
  }

  fault(kind: string): void {
    for (const appId of this.#world.appIds) this.#faultAround(appId, kind);
  }

  callFault(process: Process, kind: string): void {
    for (const [appId, { notes }] of process.working) {
      this.#faultAround(appId, kind);
      if (!ANSWERS_ONLY.test(kind)) notes.disturbed = true;
    }
  }

  #faultAround(appId: string, kind: string): void {
    const around = this.#around.get(appId);
    if (around === undefined) this.#around.set(appId, new Set([kind]));
    else around.add(kind);
  }

  markRead(process: Process, notes: PassNotes): void {
    notes.samples ??= this.#of(process).memory.passBegins(notes.appId, this.#world.clockMs(process));
  }

  observed(process: Process, notes: PassNotes): void {
    const { known } = notes;
    const { memory } = this.#of(process);
    if (notes.app === 'absent') memory.forget(notes.appId);
    if (known !== undefined) memory.passReads(notes.appId, known.app.dynoManager?.memoryThresholdPercent, known.dynos);
  }

  sampled(process: Process, { appId, usedMiB }: Sample, dyno: Dyno | undefined): void {
    const { memory, warnings } = this.#of(process);
    const verdict = memory.sampled(appId, dyno, usedMiB, this.#world.clockMs(process));
    if (verdict === 'R14' && dyno !== undefined) {
      this.#judgeWarnings(process);
      warnings.push(`${appId}/${dyno.name}`);
    }
  }

  /** The warning must come at once: before the next sample. */
  #judgeWarnings(process: Process): void {
    const [left] = this.#of(process).warnings;
    if (left !== undefined) this.#breaks(MEMORY, `${left} uses more than it may, and the log does not say so`);
  }

  transacted(process: Process, writes: readonly Write[], ok: boolean): void {
    for (const [appId, { notes }] of process.working) {
      const ofApp = writes.some((write) => 'key' in write && write.key.partition === `app#${appId}`);
      if (!ofApp || notes.known === undefined) continue;
      if (notes.isPlan(writes)) {
        notes.plan = ok ? 'written' : 'refused';
        if (ok) {
          notes.plannedWrites = writes;
          this.#judgePlan(notes, writes);
        }
      } else if (writes.some((write) => 'key' in write && write.key.sort.startsWith('dyno#'))) {
        if (ok) judgeAnswers(notes, notes.disturbed || this.#world.isDamaged(appId), writes, this.#breaks);
        else notes.answersRefused += 1;
      }
    }
  }

  /** Of passes; lines of memory samples are checked elsewhere. */
  logged(process: Process, lines: readonly LogLine[]): void {
    const [first] = lines;
    if (first !== undefined && lines.some(({ message }) => message === WORDS.r14)) {
      const { warnings } = this.#of(process);
      const at = warnings.indexOf(`${first.appId}/${first.process}`);
      if (at < 0) this.#breaks(MEMORY, `${first.process} is warned of, and uses no more than it may`);
      else warnings.splice(at, 1);
      return;
    }
    const notes = process.working.get(first?.appId ?? '')?.notes;
    if (notes === undefined) return;
    for (const { source, process: name, message } of lines)
      if (source === 'heroku') notes.lines.push({ process: name, message });
  }

  ended(process: Process, notes: PassNotes, outcome: 'done' | 'failed'): void {
    if (!process.alive) return;
    const nowMs = this.#world.clockMs(process);
    const { stops, leftAlone } = this.#of(process);
    leftAlone.judge(notes, outcome, nowMs, this.#breaks);
    const { known } = notes;
    if (
      outcome === 'failed' ||
      notes.quarantinedMs !== undefined ||
      notes.disturbed ||
      notes.mixed ||
      known === undefined
    ) {
      if (notes.reads > 0) stops.unsure(notes.appId);
      return;
    }
    const late = notes.deadlineMs !== undefined && nowMs >= notes.deadlineMs;
    if (notes.plan === 'refused' || (notes.plan === 'none' && late)) {
      if (!notes.nudges.includes(0)) this.#breaks(WAKE, 'its plan came too late, and nobody looks again');
      return;
    }
    if (notes.plan === 'none') this.#judgePlan(notes, []);
    const judged = this.#judged.get(notes);
    if (judged === undefined || judged.full) {
      stops.unsure(notes.appId);
      return;
    }
    const { expected, newcomers, lookMs } = judged;
    const limits: Limits = { rated: this.#world.rated, damaged: this.#world.isDamaged(notes.appId), late };
    judgeLog(expected, notes, newcomers, this.#breaks);
    judgeStarts(expected, notes, newcomers, limits, this.#breaks);
    stops.judge(expected, notes, limits, this.#breaks);
    judgeWake(expected, notes, lookMs, this.#breaks);
    const { routers, wereGone } = this.#world;
    const routed = routers.of(notes.appId);
    // A process that took the app for deleted has removed its routes.
    const excused = routed === undefined && wereGone.has(notes.appId);
    if (!excused) judgeRouters(expected, notes, { known: routed, down: routers.down }, this.#breaks);
    this.#judgeRecorded(notes, limits);
  }

  #judgePlan(notes: PassNotes, writes: readonly Write[]): void {
    const { known, appId } = notes;
    if (known === undefined || this.#judged.has(notes) || notes.mixed) return;
    const expected = expectedOf(known);
    const full = isFull(expected);
    const around = this.#around.get(appId) ?? new Set();
    this.#world.coverage.decided(expected, around);
    this.#around.delete(appId);
    const found = full
      ? { newcomers: new Map(), lookMs: known.nowMs }
      : judgeRecords(expected, notes, writes, this.#breaks);
    if (full && !writes.some((write) => write.kind === 'put' && write.key.sort === 'manager')) {
      this.#breaks(NEXT_LOOK, 'a full pass has written nothing');
    }
    this.#judged.set(notes, { ...found, expected, full });
  }

  /** A recorded task can be stopped. */
  #judgeRecorded({ starts, answersRefused }: PassNotes, { late }: Limits): void {
    const left = starts.find(
      ({ result, recorded }) => recorded !== true && result !== undefined && !('unanswered' in result),
    );
    if (left !== undefined && answersRefused === 0 && !late) this.#breaks(ANSWERS, `${left.name}: it is not noted`);
  }

  #of(process: Process): OfProcess {
    let found = this.#processes.get(process);
    if (found === undefined) {
      found = { stops: new AskedStops(), memory: new MemoryTold(), leftAlone: new LeftAlone(), warnings: [] };
      this.#processes.set(process, found);
    }
    return found;
  }
}
