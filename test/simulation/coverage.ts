import type { App } from '../../core/app/app.ts';
import { appKey } from '../../core/app/app.ts';
import type { Dyno } from '../../core/dyno/dyno.ts';
import type { Look, Subject } from '../../core/dyno-manager/look.ts';
import { judge } from '../../core/dyno-manager/reconcile.ts';
import { type Rollouts, rolloutStatus, rolloutsKey } from '../../core/dyno-manager/rollout.ts';
import { trafficKey } from '../../core/dyno-manager/traffic.ts';
import type { Observations } from '../../core/ports.ts';
import { type Release, releaseKey } from '../../core/release/release.ts';
import { DECISIONS, decision, EXITS, ROLLOUTS, START_CAUSES, STOP_CAUSES } from './decision-table.ts';
import { Dice } from './dice.ts';
import type { World } from './world.ts';

/** Which cases of the manager's decisions a simulation has seen. A table whose cases are known also has those never seen, as 0. */
export class Coverage {
  readonly decisions = rows(DECISIONS);
  readonly causes = rows(STOP_CAUSES);
  readonly starts = rows(START_CAUSES);
  readonly rollouts = rows(ROLLOUTS);
  readonly exits = rows(EXITS);
  readonly answers = new Map<string, number>();
  readonly reports = new Map<string, number>();
  readonly lines = new Map<string, number>();
  /** Its own, so that what is looked at more closely changes nothing. */
  readonly #dice: Dice;

  constructor(seed: number) {
    this.#dice = new Dice(seed);
  }

  /** What a pass decides that sees this. */
  look({ store, agenda }: World, appId: string, observations: Observations): void {
    const app = store.get<App>(appKey(appId))?.value;
    if (app === undefined || app.formation === null) return;
    const releaseOf = (version: number | undefined) =>
      version === undefined ? undefined : store.get<Release>(releaseKey(appId, version))?.value;
    const release = releaseOf(app.currentReleaseVersion);
    const pendingRelease = releaseOf(app.pendingReleaseVersions[0]);
    const traffic = store.get<{ readonly lastRequestAtMs: number }>(trafficKey(appId))?.value;
    const look: Look = {
      app,
      ...(release === undefined ? {} : { release }),
      ...(pendingRelease === undefined ? {} : { pendingRelease }),
      dynos: store.list<Dyno>({ partition: `app#${appId}`, prefix: 'dyno#' }),
      observations,
      memory: new Map(),
      overThreshold: new Set(),
      rollouts: store.get<Rollouts>(rolloutsKey(appId))?.value ?? {},
      ...traffic,
      nowMs: agenda.nowMs,
      random: this.#dice,
      ids: { uuid: () => '', secret: () => '', sha256: () => '' },
    };
    const { subjects, plans } = judge(look);
    for (const { dyno, condition, wish } of subjects) {
      add(this.decisions, decision(dyno.kind, condition, wanted(wish)));
    }
    for (const rollout of Object.values(plans.rollouts)) {
      add(this.rollouts, `${rollout.mode}: ${rolloutStatus(rollout)}`);
    }
  }

  stopped(cause: string): void {
    add(this.causes, cause);
  }

  started({ kind, startedBecause }: Dyno): void {
    if (kind === 'formation') add(this.starts, startedBecause ?? 'none');
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
      .replace(/(Failed to start process: ).*/, '$1…');
    add(this.lines, line);
  }

  /** For sums over many worlds. */
  tables(): Readonly<Record<string, ReadonlyMap<string, number>>> {
    const { decisions, causes, starts, rollouts, exits, answers, reports, lines } = this;
    return {
      'decisions (of one look in ten)': decisions,
      'stops by cause': causes,
      'starts by cause': starts,
      'rollouts (of one look in ten)': rollouts,
      exits,
      'answers of the API': answers,
      'problems reported': reports,
      'log lines': lines,
    };
  }
}

const wanted = (wish: Subject['wish']) => (wish.kind === 'replace' ? (`replace ${wish.how}` as const) : wish.kind);

const rows = (known: readonly string[]) => new Map(known.map((row): [string, number] => [row, 0]));

export function add(counts: Map<string, number>, key: string, by = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}
