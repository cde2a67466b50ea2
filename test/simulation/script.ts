import type { CronJob } from '../../core/records/cron-job.ts';
import type { EventFault } from './control-plane.ts';
import type { ArmedFault } from './faults.ts';
import type { MessageFault } from './pass-request-queue.ts';
import type { ProgramName } from './programs.ts';

/** What users, programs and machines do. Apps are named by the order of their creation, so that any part of a script is a script. */
export type ScriptEvent = {
  readonly salt: number;
} /** The day on which it all begins; the first of a script's events if at all. */ & (
  | { readonly kind: 'begin'; readonly at: string; readonly ecoHours?: number }
  | { readonly kind: 'create'; readonly preboot: boolean }
  | {
      readonly kind: 'deploy';
      readonly app: number;
      readonly web: ProgramName;
      readonly worker?: ProgramName;
      readonly release?: ProgramName;
      readonly cron?: readonly CronJob[];
      readonly dueOffsetMs?: number;
    }
  | { readonly kind: 'run-job'; readonly app: number; readonly job: number; readonly dueOffsetMs?: number }
  | { readonly kind: 'stop-run'; readonly app: number; readonly run: number; readonly dueOffsetMs?: number }
  | { readonly kind: 'config'; readonly app: number }
  | { readonly kind: 'scale'; readonly app: number; readonly web: number; readonly worker: number }
  | { readonly kind: 'resize'; readonly app: number; readonly type: 'web' | 'worker' | 'all'; readonly size: string }
  | { readonly kind: 'restart'; readonly app: number; readonly scope: string }
  | { readonly kind: 'stop'; readonly app: number; readonly dyno: number }
  | { readonly kind: 'rollback'; readonly app: number; readonly back: number }
  | {
      readonly kind: 'run';
      readonly app: number;
      readonly command: ProgramName;
      readonly attach: boolean;
      readonly timeToLiveSeconds?: number;
    }
  | { readonly kind: 'delete'; readonly app: number }
  | { readonly kind: 'feature'; readonly app: number; readonly name: string; readonly on: boolean }
  | {
      readonly kind: 'settings';
      readonly app: number;
      readonly cycling: boolean;
      readonly window?: { readonly start: string; readonly end: string; readonly timeZone: string } | null;
      readonly memoryPercent?: number | null;
    }
  | { readonly kind: 'moved-to-space'; readonly app: number; readonly size: string }
  | {
      readonly kind: 'visit';
      readonly app: number;
      readonly router?: number;
      readonly lateMs?: number;
      readonly twice?: boolean;
    }
  | { readonly kind: 'router-behind'; readonly router: number; readonly minutes: number }
  | { readonly kind: 'clock'; readonly index: number; readonly ms: number; readonly minutes: number }
  | { readonly kind: 'maintenance'; readonly app: number; readonly on: boolean }
  | { readonly kind: 'exit' | 'memory' | 'client' | 'hang-up'; readonly app: number; readonly task: number }
  | { readonly kind: 'fault'; readonly fault: ArmedFault }
  | { readonly kind: 'messages'; readonly what: MessageFault; readonly times: number }
  | { readonly kind: 'events'; readonly what: EventFault; readonly times: number }
  | { readonly kind: 'launches'; readonly how: 'image' | 'stuck'; readonly times: number }
  | { readonly kind: 'zone-lost'; readonly zone: number; readonly noticedAfterMs: number }
  | { readonly kind: 'host-leaves'; readonly host: number; readonly why: 'draining' | 'spot-notice' | 'retiring' }
  | { readonly kind: 'ticks-skipped' | 'deduplicated' | 'throttled'; readonly minutes: number }
  | { readonly kind: 'process-killed'; readonly index: number }
  | { readonly kind: 'outage'; readonly minutes: number }
  | { readonly kind: 'record-lost'; readonly app: number; readonly dyno: number }
  | { readonly kind: 'tasks-lost' }
  | {
      readonly kind: 'poison' | 'release-unreadable' | 'app-unreadable';
      readonly app: number;
      readonly minutes: number;
    }
  | { readonly kind: 'wait'; readonly ms: number }
);

/** One event per line, ready for `found.test.ts`. */
export function printScript(script: readonly ScriptEvent[]): string {
  return script.map((event) => `  ${JSON.stringify(event)},`).join('\n');
}
