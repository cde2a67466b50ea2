import type { TaskObservation } from '../../../core/ports/dyno-runtime.ts';
import type { StartCause } from '../../../core/records/dyno.ts';
import { fieldsOf } from '../../dyno-fields.ts';
import type { Fate, Newcomer } from './fate.ts';
import { crashWait, HEROKU, OURS } from './heroku.ts';
import type { Known, Seen, TypeState, Want } from './known.ts';
import { commandOf, newcomer } from './newcomers.ts';
import { beginFate, endOf, killedFate, leaveFate, neverLaunchedLines, progressFate, stoppingFate } from './progress.ts';
import { isForgotten } from './what-is.ts';
import { became, starting, WORDS } from './words.ts';

type Running = Seen & { readonly task: TaskObservation };

export function unseenFate({ nowMs }: Known, { dyno }: Seen): Fate {
  return { dyno, name: dyno.name, lines: [], lookMs: nowMs + OURS.partialLookMs };
}

const goneFate = ({ dyno }: Seen, lines: readonly string[]): Fate => ({
  dyno,
  name: dyno.name,
  becomes: 'gone',
  lines,
});

/** What must happen to a dyno of the formation, by its condition and the decision. */
export function formationFate(known: Known, state: TypeState | undefined, seen: Seen, want: Want): Fate {
  const one = new OfOne(known, state, seen, want);
  const { task } = seen;
  switch (seen.is) {
    case 'unstarted':
      return one.unstarted();
    case 'pending':
    case 'awaiting-client':
    case 'booting':
    case 'up':
      return task === undefined ? unseenFate(known, seen) : one.running({ ...seen, task });
    case 'killed':
      return task === undefined ? unseenFate(known, seen) : killedFate(known, { ...seen, task });
    case 'stopping':
      return task === undefined ? unseenFate(known, seen) : stoppingFate(known, { ...seen, task });
    case 'stopped':
      return goneFate(seen, endOf(seen).lines);
    case 'exited':
      return one.crash();
    case 'lost':
      return one.lost();
    case 'crashed':
      return one.crashed();
    case 'idle':
      return one.asleep();
    case 'finished':
      return goneFate(seen, []);
    case 'unknown':
      return unseenFate(known, seen);
  }
}

class OfOne {
  readonly #known: Known;
  readonly #state: TypeState | undefined;
  readonly #seen: Seen;
  readonly #want: Want;

  constructor(known: Known, state: TypeState | undefined, seen: Seen, want: Want) {
    this.#known = known;
    this.#state = state;
    this.#seen = seen;
    this.#want = want;
  }

  unstarted(): Fate {
    const want = this.#want;
    if (want.kind === 'remove') return goneFate(this.#seen, want.replaced ? [] : [became('starting', 'down')]);
    if (want.kind === 'outgoing') return goneFate(this.#seen, []);
    if (want.kind === 'sleep') return this.#fallsAsleep('starting');
    if ('cause' in want) return this.#next({ because: want.cause, crashCount: 0, lines: [] });
    const hidden = isForgotten(this.#seen.dyno, this.#known.nowMs) && !this.#known.seen.complete;
    return hidden ? unseenFate(this.#known, this.#seen) : beginFate(this.#known, this.#seen);
  }

  running(seen: Running): Fate {
    const want = this.#want;
    const { dyno } = seen;
    const { nowMs } = this.#known;
    const goesOn = progressFate(this.#known, seen, want.kind === 'keep' && want.again === true);
    if (want.kind === 'keep' || want.kind === 'wake') return goesOn;
    if (want.kind === 'outgoing') {
      return {
        ...goesOn,
        lookMs: Math.min(goesOn.lookMs ?? Number.POSITIVE_INFINITY, want.untilMs ?? Number.POSITIVE_INFINITY),
      };
    }
    // Nothing is stopped on partial knowledge.
    if (!this.#known.seen.complete) return { ...goesOn, lookMs: nowMs + OURS.partialLookMs };
    const from = dyno.state === 'up' ? 'up' : 'starting';
    switch (want.kind) {
      case 'remove': {
        const lines = want.replaced ? [WORDS.sigterm] : [WORDS.sigterm, became(from, 'down')];
        return leaveFate(this.#known, seen, want.cause, lines);
      }
      case 'sleep': {
        const idle = newcomer(this.#known, this.#state, dyno, { because: 'idle', told: false });
        if (idle === undefined) return goesOn;
        const lines = [WORDS.idling, became(from, 'down'), WORDS.sigterm];
        return { ...leaveFate(this.#known, seen, 'idle', lines), newcomer: idle };
      }
      case 'replace at-once':
        return this.#atOnce(seen, want.cause) ?? goesOn;
      case 'replace first':
        return this.#first(seen, want.cause, goesOn) ?? goesOn;
      case 'replace later':
        return { ...goesOn, lookMs: Math.min(goesOn.lookMs ?? Number.POSITIVE_INFINITY, nowMs + OURS.movingLookMs) };
    }
  }

  /** SIGTERM, and the replacement right after it, or after the moment in which the routes change. */
  #atOnce(seen: Running, cause: StartCause & NonNullable<Seen['dyno']['stopCause']>): Fate | undefined {
    const leaving = leaveFate(this.#known, seen, cause, [...this.#announced(cause), WORDS.sigterm]);
    const lookMs = Math.min(leaving.lookMs ?? Number.POSITIVE_INFINITY, this.#known.nowMs + OURS.movingLookMs);
    const later = leaving.stop === undefined ? { notBeforeMs: lookMs } : {};
    const comes = newcomer(this.#known, this.#state, seen.dyno, { because: cause, told: false, ...later });
    return comes === undefined ? undefined : { ...leaving, newcomer: comes, lookMs };
  }

  /** Starts the replacement while the old dyno keeps running. */
  #first(seen: Running, cause: StartCause & NonNullable<Seen['dyno']['stopCause']>, goesOn: Fate): Fate | undefined {
    const { nowMs } = this.#known;
    const { dyno } = seen;
    const replaces = { dynoId: dyno.id, sinceMs: nowMs, cause };
    const comes = newcomer(this.#known, this.#state, dyno, { because: cause, told: true, replaces });
    if (comes === undefined) return undefined;
    const lines = [...goesOn.lines, ...this.#announced(cause), this.#startingLine()];
    const lookMs = Math.min(goesOn.lookMs ?? Number.POSITIVE_INFINITY, nowMs + OURS.movingLookMs);
    return { ...goesOn, newcomer: comes, lines, lookMs };
  }

  /** The log line with the reason for its replacement. */
  #announced(cause: StartCause): readonly string[] {
    const lines: string[] = [];
    const percent = this.#known.app.dynoManager?.memoryThresholdPercent;
    if (cause === 'memory-threshold' && percent !== undefined) {
      lines.push(`Memory stayed above ${percent}% of the quota, as set for this app`);
    }
    if (cause === 'host-fault') lines.push(WORDS.hostGoes);
    lines.push(cause === 'cycle' || cause === 'memory-threshold' ? WORDS.cycling : WORDS.restarting);
    if (this.#seen.dyno.state === 'up') lines.push(became('up', 'starting'));
    return lines;
  }

  /** It ended by itself, with any status. */
  crash(): Fate {
    const want = this.#want;
    const { dyno, task } = this.#seen;
    const { nowMs } = this.#known;
    const { lines, last } = endOf(this.#seen);
    if (want.kind === 'outgoing') return goneFate(this.#seen, lines);
    if (want.kind === 'remove') return goneFate(this.#seen, want.replaced ? lines : [...lines, became(last, 'down')]);
    const down = [...lines, became(last, 'crashed')];
    const again = [...down, became('crashed', 'starting')];
    if ('cause' in want) return this.#next({ because: want.cause, crashCount: 0, lines: again });
    const livedMs = dyno.upAtMs === undefined ? 0 : (task?.stoppedAtMs ?? nowMs) - dyno.upAtMs;
    const crashCount = livedMs >= HEROKU.survivedMs ? 1 : dyno.crashCount + 1;
    if (crashCount === 1) return this.#next({ because: 'crash', crashCount, lines: again });
    const { leastMs, mostMs } = crashWait(crashCount, dyno.size);
    const becomes = {
      state: 'crashed',
      crashCount,
      nextStartAtMs: { leastMs: nowMs + leastMs, mostMs: nowMs + mostMs },
      stateChangedAtMs: nowMs,
      address: undefined,
      stopCause: undefined,
    } as const;
    return { dyno, name: dyno.name, becomes, lines: down, looksAtNextStart: true };
  }

  /** In back-off. */
  crashed(): Fate {
    const want = this.#want;
    const { dyno } = this.#seen;
    const { nowMs } = this.#known;
    if (want.kind === 'outgoing') return goneFate(this.#seen, []);
    if (want.kind === 'remove') return goneFate(this.#seen, want.replaced ? [] : [became('crashed', 'down')]);
    if (want.kind === 'sleep') return this.#fallsAsleep('crashed');
    const lines = [became('crashed', 'starting')];
    if ('cause' in want) return this.#next({ because: want.cause, crashCount: 0, lines });
    const dueMs = dyno.nextStartAtMs ?? nowMs;
    if (nowMs < dueMs) return { dyno, name: dyno.name, lines: [], lookMs: dueMs };
    return this.#next({ because: 'crash', crashCount: dyno.crashCount, lines });
  }

  /** The platform lost it, which is no crash. */
  lost(): Fate {
    const want = this.#want;
    const { dyno, task } = this.#seen;
    const up = dyno.state === 'up';
    if (want.kind === 'outgoing') return goneFate(this.#seen, []);
    if (want.kind === 'remove') {
      return goneFate(this.#seen, want.replaced ? [] : [became(up ? 'up' : 'starting', 'down')]);
    }
    const lines = task === undefined ? [] : [...neverLaunchedLines(task)];
    if (task?.hostFault === 'lost') lines.push(WORDS.hostLost);
    lines.push(WORDS.restarting);
    if (up) lines.push(became('up', 'starting'));
    if ('cause' in want) return this.#next({ because: want.cause, crashCount: 0, lines });
    return this.#next({ because: 'lost', crashCount: dyno.crashCount, lines });
  }

  asleep(): Fate {
    const want = this.#want;
    const { dyno } = this.#seen;
    if (want.kind === 'remove') return goneFate(this.#seen, []);
    const lines = [became('down', 'starting')];
    if (want.kind === 'wake') return this.#next({ because: 'wake', crashCount: 0, lines: [WORDS.unidling, ...lines] });
    if ('cause' in want) return this.#next({ because: want.cause, crashCount: 0, lines });
    return { dyno, name: dyno.name, lines: [] };
  }

  #fallsAsleep(from: 'starting' | 'crashed'): Fate {
    const { dyno } = this.#seen;
    const idle = newcomer(this.#known, this.#state, dyno, { because: 'idle', told: false });
    if (idle === undefined) return { dyno, name: dyno.name, lines: [] };
    return { ...goneFate(this.#seen, [WORDS.idling, became(from, 'down')]), newcomer: idle };
  }

  /** Deletes its record; a new dyno takes its name. */
  #next(details: {
    readonly because: StartCause;
    readonly crashCount: number;
    readonly lines: readonly string[];
  }): Fate {
    const { because, crashCount, lines } = details;
    const { dyno } = this.#seen;
    const { replaces } = fieldsOf(dyno);
    const comes: Newcomer | undefined = newcomer(this.#known, this.#state, dyno, {
      because,
      crashCount,
      told: true,
      replaces,
    });
    if (comes === undefined) return unseenFate(this.#known, this.#seen);
    const lookMs = this.#known.nowMs + OURS.movingLookMs;
    return { ...goneFate(this.#seen, [...lines, this.#startingLine()]), newcomer: comes, lookMs };
  }

  #startingLine(): string {
    return starting(this.#state === undefined ? '' : commandOf(this.#known, this.#seen.dyno.type, this.#state));
  }
}
