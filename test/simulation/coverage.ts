import { rolloutStatus } from '../../core/dyno-manager/plan/rollout.ts';
import type { Dyno } from '../../core/records/dyno.ts';
import { DECISIONS, decision, EXITS, ROLLOUTS, START_CAUSES, STOP_CAUSES } from './decision-table.ts';
import { faultKind, NO_FAULT } from './fault-kinds.ts';
import type { Expected } from './model/expected.ts';

/** Printed as a separate table. */
export const UNDER_FAULT = 'decisions under faults';

/** Counts the cases of the manager's decisions in a simulation. Tables of known cases also list those never seen, as 0. */
export class Coverage {
  readonly decisions = rows(DECISIONS);
  /** `decision | kind of fault` */
  readonly underFault = new Map<string, number>();
  readonly causes = rows(STOP_CAUSES);
  readonly starts = rows(START_CAUSES);
  readonly rollouts = rows(ROLLOUTS);
  readonly exits = rows(EXITS);
  readonly answers = new Map<string, number>();
  readonly reports = new Map<string, number>();
  readonly lines = new Map<string, number>();
  /** What a pass decided, and what had gone wrong in it and around its app since the previous pass. */
  decided({ decisions, rollouts }: Expected, faults: ReadonlySet<string>): void {
    const kinds = new Set([...faults].map(faultKind));
    if (kinds.size === 0) kinds.add(NO_FAULT);
    for (const { dyno, is, want } of decisions) {
      const row = decision(dyno.kind, is, want.kind);
      add(this.decisions, row);
      for (const kind of kinds) add(this.underFault, `${row} | ${kind}`);
    }
    for (const rollout of Object.values(rollouts)) add(this.rollouts, `${rollout.mode}: ${rolloutStatus(rollout)}`);
  }

  stopped(cause: string): void {
    add(this.causes, cause);
  }

  started(dyno: Dyno): void {
    if (dyno.kind === 'formation') add(this.starts, dyno.startedBecause ?? 'none');
  }

  exited(reason: string): void {
    add(this.exits, reason);
  }

  answered(kind: string, outcome: string): void {
    add(this.answers, `${kind}: ${outcome}`);
  }

  reported(problem: string): void {
    add(this.reports, problem);
  }

  logged(message: string): void {
    const line = message
      .replace(/`.*`/, '`…`')
      .replace(/status \d+/, 'status n')
      .replace(/mem=.*/, 'mem=…')
      .replace(/v\d+/g, 'v…')
      .replace(/new \S+ dynos/, 'new … dynos')
      .replace(/(Failed to start process: ).*/, '$1…')
      .replace(/\d{4}-\d\d-\d\dT[\d:]+Z( \(.*\))?/g, '…')
      .replace(/scheduler\.\d+/, 'scheduler.n')
      .replace(/Missed \d+/, 'Missed n')
      .replace(/last \d+/, 'last n');
    add(this.lines, line);
  }

  /** For sums over many worlds. */
  tables(): Readonly<Record<string, ReadonlyMap<string, number>>> {
    const { decisions, underFault, causes, starts, rollouts, exits, answers, reports, lines } = this;
    return {
      decisions,
      [UNDER_FAULT]: underFault,
      'stops by cause': causes,
      'starts by cause': starts,
      rollouts,
      exits,
      'answers of the API': answers,
      'problems reported': reports,
      'log lines': lines,
    };
  }
}

const rows = (known: readonly string[]) => new Map(known.map((row): [string, number] => [row, 0]));

export function add(counts: Map<string, number>, key: string, by = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}
