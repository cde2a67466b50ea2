import type { Agenda } from './agenda.ts';
import type { Dice } from './dice.ts';
import { type ArmedFault, type Call, type CallFault, isFaultOf } from './faults.ts';
import type { PassNotes } from './model/pass-notes.ts';
import type { Sample } from './model/watch.ts';

/** Each clock is wrong by at most 5 s: the largest difference of two, and a second for rounding. */
export const SKEW_MS = 11_000;

/** Errors of the world's own machines. */
export class Broken extends Error {}

/** One pass of a manager over one app, or one request to the API. */
export interface Work {
  /** The last observation did not show every task. */
  partial: boolean;
  /** It has read the app's desired state. */
  knowsApp: boolean;
  /** What it reads and does. */
  readonly notes: PassNotes;
}

/** A program of the platform that may die between any two of its calls. What it had requested still happens. */
export interface Process {
  readonly name: string;
  alive: boolean;
  readonly skewMs: number;
  /** How much its clock was set wrong. */
  shiftMs: number;
  /** Each of its calls takes time now, and others run in between. */
  slow: boolean;
  /** By app. */
  readonly working: Map<string, Work>;
  /** It publishes all routes that it can see. */
  publishing: boolean;
  /** When it replaced a dead process, by its own clock. */
  recoveredAtMs?: number;
  /** The sample that it is receiving right now. */
  sample?: Sample | undefined;
}

export function newProcess(name: string, skewMs: number): Process {
  return { name, alive: true, skewMs, shiftMs: 0, slow: false, working: new Map(), publishing: false };
}

const THROTTLED: ReadonlySet<Call> = new Set(['start', 'stop', 'observe']);
const THROTTLED_SHARE = 0.7;

const ANSWER_NEVER_COMES = () => new Promise<never>(() => undefined);

/** Every call of a process to the world around it goes through here. */
export class Calls {
  readonly #agenda: Agenda;
  readonly #dice: Dice;
  #armed: ArmedFault[] = [];
  /** Until then most calls to ECS are throttled. */
  throttledUntilMs = 0;
  /** Faults that struck, by kind. */
  readonly struck = new Map<string, number>();
  onDeath: (process: Process) => void = () => undefined;
  onFault: (process: Process, kind: string) => void = () => undefined;

  constructor(agenda: Agenda, dice: Dice) {
    this.#agenda = agenda;
    this.#dice = dice;
  }

  arm(fault: ArmedFault): void {
    this.#armed.push({ ...fault });
  }

  disarm(): void {
    this.#armed = [];
    this.throttledUntilMs = 0;
  }

  note(kind: string): void {
    this.struck.set(kind, (this.struck.get(kind) ?? 0) + 1);
  }

  make<T>(
    process: Process,
    call: Call,
    effect: (fault?: CallFault) => T,
    instead?: (fault: CallFault) => T | undefined,
  ): Promise<T> {
    if (!process.alive) return ANSWER_NEVER_COMES();
    const fault = this.#take(call) ?? this.#throttled(call);
    if (fault !== undefined) {
      this.note(`${call} ${fault}`);
      this.onFault(process, `${call} ${fault}`);
    }
    switch (fault) {
      case 'throttled': {
        // The runtime reports it as throttling, because its caller must know that nothing was started.
        const answer = call === 'start' ? instead?.(fault) : undefined;
        return answer === undefined ? Promise.reject(new Broken(`${call} failed`)) : Promise.resolve(answer);
      }
      case 'fails-before':
        return Promise.reject(new Broken(`${call} failed`));
      case 'fails-after':
        unheard(() => effect(fault));
        this.onFault(process, `${call} ${fault}`);
        return Promise.reject(new Broken(`${call} failed`));
      case 'dies-before':
        return this.#die(process);
      case 'dies-after':
        unheard(() => effect(fault));
        return this.#die(process);
      case 'late':
        return this.#slowly(process, effect, 20_000);
      case undefined:
        break;
      default: {
        const answer = instead?.(fault);
        if (answer !== undefined) return Promise.resolve(answer);
      }
    }
    if (process.slow) return this.#slowly(process, effect, 1_500);
    try {
      return Promise.resolve(effect());
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #slowly<T>(process: Process, effect: () => T, withinMs: number): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#agenda.after(this.#dice.below(withinMs), 'call', () => {
        let answer: T;
        try {
          answer = effect();
        } catch (error) {
          reject(error);
          return;
        }
        this.#agenda.after(this.#dice.below(withinMs), 'call', () => {
          if (process.alive) resolve(answer);
        });
      });
    });
  }

  #die(process: Process): Promise<never> {
    this.kill(process);
    return ANSWER_NEVER_COMES();
  }

  kill(process: Process): void {
    if (!process.alive) return;
    process.alive = false;
    this.onDeath(process);
  }

  #throttled(call: Call): CallFault | undefined {
    if (this.#agenda.nowMs >= this.throttledUntilMs || !THROTTLED.has(call)) return undefined;
    return this.#dice.chance(THROTTLED_SHARE) ? 'throttled' : undefined;
  }

  #take(call: Call): CallFault | undefined {
    if (this.#armed.length === 0) return undefined;
    for (const fault of this.#armed) {
      if (fault.call !== call || !isFaultOf(call, fault.what)) continue;
      if (fault.skip > 0) {
        fault.skip -= 1;
        return undefined;
      }
      fault.times -= 1;
      if (fault.times <= 0) this.#armed.splice(this.#armed.indexOf(fault), 1);
      return fault.what;
    }
    return undefined;
  }
}

/** It may fail by itself as well, without being reported. */
function unheard(effect: () => unknown): void {
  try {
    effect();
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
  }
}
