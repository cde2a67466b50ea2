import type { App, ManagerMark } from '../../../core/records/app.ts';
import type { AppRoutes } from '../../../core/records/app-routes.ts';
import type { Dyno } from '../../../core/records/dyno.ts';
import type { LogLine } from '../../../core/records/log-line.ts';
import type { Change } from '../memory-store.ts';
import { Watch } from '../model/watch.ts';
import { QUEUE_DELAY_MAX_MS } from '../pass-request-queue.ts';
import type { Process, Work } from '../processes.ts';
import type { Task } from '../task-cluster.ts';
import type { World } from '../world.ts';
import { judgeApp } from './app-rules.ts';
import { EcoRules } from './eco-rules.ts';
import { judgeEvents } from './event-rules.ts';
import { JobRules } from './job-rules.ts';
import { Quiet } from './quiet.ts';
import { judgeDynoChange, judgeNames } from './record-rules.ts';
import { judgeRoutes } from './route-rules.ts';
import { Spread } from './spread.ts';
import { TaskRules } from './task-rules.ts';

export interface Violation {
  readonly rule: string;
  readonly detail: string;
  readonly step: number;
  readonly atMs: number;
}

export const THROWN = 'nothing throws but the world itself';

/** The design's rules that always hold, each checked whenever it could be broken. */
export class Rules {
  readonly world: World;
  readonly tasks: TaskRules;
  readonly quiet: Quiet;
  readonly jobs: JobRules;
  readonly eco: EcoRules;
  readonly spread = new Spread();
  readonly watch: Watch;
  violation: Violation | undefined;
  /** The process whose call takes effect right now. */
  acting: Process | undefined;
  /** When some of an app's tasks could last not be seen. */
  readonly partialAtMs = new Map<string, number>();
  /** Dynos with a cause that is not yet in the log. */
  readonly #untold = new Map<
    string,
    { readonly name: string; readonly appId: string; readonly process: Process | undefined }
  >();

  constructor(world: World) {
    this.world = world;
    this.tasks = new TaskRules(world, this);
    this.quiet = new Quiet(world, this);
    this.watch = new Watch(world, (rule, detail) => this.break(rule, detail));
    this.jobs = new JobRules(world, this);
    this.eco = new EcoRules(world, this);
  }

  break(rule: string, detail: string): void {
    this.violation ??= { rule, detail, step: this.world.stepCount, atMs: this.world.agenda.nowMs };
  }

  committed(changes: readonly Change[]): void {
    const removed: Dyno[] = [];
    const added: Dyno[] = [];
    let dynosOf: string | undefined;
    for (const { key, before, after } of changes) {
      if (key.sort.startsWith('dyno#')) {
        dynosOf = key.partition.slice('app#'.length);
        if (after === undefined && before !== undefined) removed.push(before as Dyno);
        else if (before === undefined) added.push(after as Dyno);
        else judgeDynoChange(this.world, this, before as Dyno, after as Dyno);
        if (after !== undefined) this.tasks.intended(after as Dyno);
        if (before === undefined) this.world.coverage.started(after as Dyno);
      } else if (key.sort === 'app' && before !== undefined && after !== undefined) {
        judgeApp(this.world, this, before as App, after as App);
      } else if (key.sort === 'manager' && after !== undefined) {
        const mark = after as ManagerMark;
        if (mark.dirty) this.quiet.dirtied(mark.appId);
        else this.quiet.cleared(mark.appId, this.acting?.working.get(mark.appId));
      }
    }
    judgeEvents(this.world, this, changes);
    this.jobs.committed(changes);
    this.eco.committed(changes);
    if (dynosOf === undefined) return;
    judgeNames(this.world, this, dynosOf, removed, added);
  }

  /** The dyno got a cause for its end: the log must show it before the stop is requested. */
  mustTell(dyno: Dyno): void {
    // What a dead process had requested still happens, but without log lines.
    if (this.acting?.alive === true)
      this.#untold.set(dyno.id, { name: dyno.name, appId: dyno.appId, process: this.acting });
  }

  logged(by: Process, lines: readonly LogLine[]): void {
    this.watch.logged(by, lines);
    this.jobs.logged(lines);
    for (const { process, message, source } of lines) {
      if (source !== 'heroku') continue;
      this.world.coverage.logged(message);
      for (const [dynoId, { name, appId }] of this.#untold) {
        if (name === process && lines[0]?.appId === appId) this.#untold.delete(dynoId);
      }
    }
  }

  /** Lines of a process that broke after its transaction are lost, as is known. */
  disturbed(process: Process): void {
    for (const [dynoId, untold] of this.#untold) if (untold.process === process) this.#untold.delete(dynoId);
    this.jobs.disturbed(process);
    this.quiet.disturbed();
  }

  stopAsked(task: Task): void {
    const untold = this.#untold.get(task.dynoId);
    // Another process may have read what this one is about to log.
    if (untold !== undefined && untold.process === this.acting)
      this.break('a stop is logged first', `${untold.name} (${task.dynoId})`);
    this.tasks.stopAsked(task);
  }

  accepted(task: Task): void {
    this.tasks.accepted(task);
  }

  launched(task: Task): void {
    this.tasks.launched(task);
  }

  exited(task: Task): void {
    this.tasks.exited(task);
  }

  published(routes: AppRoutes): void {
    judgeRoutes(this.world, this, routes);
    this.eco.published(routes);
  }

  partiallySeen(appId: string): void {
    this.partialAtMs.set(appId, this.world.agenda.nowMs);
  }

  nudged(delayMs: number): void {
    if (delayMs > QUEUE_DELAY_MAX_MS) this.break('no queue delays longer than 15 minutes', `${delayMs} ms`);
  }

  appRead({ working }: Process, appId: string, found: boolean): void {
    const work = working.get(appId);
    if (work === undefined) return;
    work.knowsApp ||= found;
    this.quiet.passReads(work);
  }

  passEnds(appId: string, work: Work): void {
    this.quiet.passEnds(appId, work);
  }

  crashed(appId: string, error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.break(THROWN, `${appId}: ${text.split('\n').slice(0, 4).join(' | ')}`);
  }

  minute(): void {
    this.quiet.minute();
    this.tasks.minute();
    this.jobs.minute();
    this.eco.minute();
  }
}
