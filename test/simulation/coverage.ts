import type { Dyno } from '../../core/dyno/dyno.ts';
import { classify } from '../../core/dyno-manager/classify.ts';
import type { Observations } from '../../core/ports.ts';
import type { World } from './world.ts';

/** Which cases of the manager's decisions a simulation has seen. */
export class Coverage {
  /** `condition, kind`, of records as some pass saw them. */
  readonly conditions = new Map<string, number>();
  /** `condition → cause`: what was stopped for what. */
  readonly causes = new Map<string, number>();
  readonly starts = new Map<string, number>();
  readonly exits = new Map<string, number>();
  readonly answers = new Map<string, number>();
  readonly reports = new Map<string, number>();
  readonly lines = new Map<string, number>();

  look(world: World, appId: string, { complete, tasks }: Observations): void {
    const byDyno = new Map(tasks.map((task) => [`${task.dynoId}/${task.attempt}`, task]));
    for (const dyno of world.dynos(appId)) {
      const condition = classify(dyno, byDyno.get(`${dyno.id}/${dyno.attempt}`), complete);
      add(this.conditions, `${condition}, ${dyno.kind}`);
    }
  }

  stopped(before: Dyno, cause: string): void {
    add(this.causes, `${before.state} → ${cause}`);
  }

  started(outcome: string): void {
    add(this.starts, outcome);
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
      .replace(/(Failed to start process: ).*/, '$1…');
    add(this.lines, line);
  }

  /** For sums over many worlds. */
  tables(): Readonly<Record<string, ReadonlyMap<string, number>>> {
    const { conditions, causes, starts, exits, answers, reports, lines } = this;
    return {
      'conditions seen': conditions,
      'stops by cause': causes,
      starts,
      exits,
      'answers of the API': answers,
      'problems reported': reports,
      'log lines': lines,
    };
  }
}

export function add(counts: Map<string, number>, key: string, by = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}
