import { count, fields, flag, oneOf, optional, type Shape, text, variants } from './checks.ts';
import { defineRecord } from './define-record.ts';

/**
 * One dyno instance: a new id at every start. Item: `app#<id>` / `dyno#<id>`. Written by the dyno manager; the API creates records
 * of one-offs and sets `stopRequested` on dynos that run once.
 */
export type Dyno = FormationDyno | RunOnceDyno;

/** It ends by itself, and is not restarted. */
export type RunOnceDyno = OneOffDyno | ReleaseDyno;

interface AnyDyno {
  readonly id: string;
  readonly appId: string;
  /** `web.1`, `run.9157`, `release.1234` */
  readonly name: string;
  readonly type: string;
  /** 1..quantity for formation dynos, four random digits otherwise. */
  readonly number: number;
  readonly releaseVersion: number;
  readonly releaseId: string;
  readonly size: string;
  readonly command: string;
  /** Platform API states, and `stopping` for an instance that is being stopped (not listed by the API). */
  readonly state: 'starting' | 'up' | 'crashed' | 'down' | 'idle' | 'stopping';
  /** Start attempts of this record; part of the runtime's idempotency token. */
  readonly attempt: number;
  /** When the intent to start was written; undefined: not desired yet (crash back-off). */
  readonly intentAtMs?: number;
  /** The first intent of this attempt, if it was renewed because the start got no answer. */
  readonly firstIntentAtMs?: number;
  readonly taskRef?: string;
  readonly observedVersion?: number;
  readonly launchedAtMs?: number;
  readonly upAtMs?: number;
  readonly stateChangedAtMs: number;
  /** When this dyno is cycled: last start + 24 h + U(0, 216 min). A release phase has its own limit. */
  readonly cycleAtMs?: number;
  /** Crashes in a row, carried over to the next start of the same name. */
  readonly crashCount: number;
  readonly nextStartAtMs?: number;
  readonly restartEpoch: number;
  /** When SIGTERM is due: a web dyno first leaves the routes. */
  readonly stoppingAtMs?: number;
  readonly address?: { readonly host: string; readonly port: number };
  /** Why its stop was requested, or why it is being killed. */
  readonly stopCause?: StopCause;
  readonly told?: DynoTold;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export interface FormationDyno extends AnyDyno {
  readonly kind: 'formation';
  /** The new time of a cycle that was missed during a downtime. */
  readonly recycleAtMs?: number;
  /** Why this instance was started. */
  readonly startedBecause?: StartCause;
  /** Started while that dyno of the same name keeps running, which is stopped once this one is proven. */
  readonly replaces?: { readonly dynoId: string; readonly sinceMs: number; readonly cause: StopCause };
}

export interface OneOffDyno extends AnyDyno {
  readonly kind: 'one-off';
  /** The run of a recurring job that this dyno is. */
  readonly job?: DynoJob;
  readonly attach?: { readonly terminal: boolean; readonly columns: number; readonly rows: number };
  /** Its own `env`, sealed by the vault under `dynoContext`; may hold secrets. */
  readonly sealedEnvironment?: string;
  readonly timeToLiveSeconds?: number;
  readonly stopRequested?: boolean;
  /** Of a job: it cannot be started, and its ledger must still record that. */
  readonly outcome?: 'failed';
}

export interface ReleaseDyno extends AnyDyno {
  readonly kind: 'release';
  readonly stopRequested?: boolean;
  /** The outcome of the release phase, recorded before the release is completed, so that a crash in between loses nothing. */
  readonly outcome?: 'succeeded' | 'failed';
}

/** A run of a recurring job. */
export type JobDyno = OneOffDyno & { readonly job: DynoJob };

export const isOfJob = (dyno: Dyno): dyno is JobDyno => dyno.kind === 'one-off' && dyno.job !== undefined;

/** It is over, and its record is kept only until the outcome is recorded elsewhere. */
export const hasOutcome = (dyno: Dyno): boolean => 'outcome' in dyno && dyno.outcome !== undefined;

/** Which run of which job (core/records/job-run.ts): everything that the ledger needs once the dyno has ended. */
export interface DynoJob {
  /** The run's id. */
  readonly id: string;
  /** The job's name. */
  readonly name: string;
  readonly scheduledAtMs: number;
  readonly cause: 'schedule' | 'catch-up' | 'manual';
  /** Its stop was requested because the next run replaces it. */
  readonly replaced?: true;
}

export const STOP_CAUSES = [
  'release',
  'restart',
  'resize',
  'scale',
  'cycle',
  'stop',
  'time-to-live',
  'release-timeout',
  'superseded',
  'duplicate',
  'app-deleted',
  'host-fault',
  'memory-threshold',
  'idle',
  'abandoned',
  'pending-timeout',
  'boot-timeout',
  'memory-quota',
] as const;

export type StopCause = (typeof STOP_CAUSES)[number];

/** `new`: by a scale or a first deploy; `lost`: its predecessor vanished; `wake`: from Eco sleep. */
export type StartCause = StopCause | 'new' | 'crash' | 'lost' | 'wake';

/** What the log already contains about this dyno, so that nothing is logged twice. */
export interface DynoTold {
  readonly starting?: true;
  readonly awaitingClient?: true;
  readonly exitTimeout?: true;
  readonly hangUps?: number;
  readonly lastHangUpAtMs?: number;
  readonly detached?: true;
}

export const dynoKey = (appId: string, id: string) => ({ partition: `app#${appId}`, sort: `dyno#${id}` });
export const dynoContext = (appId: string, id: string) => `dyno/${appId}/${id}`;
export const DYNO_PREFIX = 'dyno#';

const stopCauseShape = oneOf(...STOP_CAUSES);
const yes = oneOf(true);

const anyDyno: Shape<AnyDyno> = {
  id: text,
  appId: text,
  name: text,
  type: text,
  number: count,
  releaseVersion: count,
  releaseId: text,
  size: text,
  command: text,
  state: oneOf('starting', 'up', 'crashed', 'down', 'idle', 'stopping'),
  attempt: count,
  intentAtMs: optional(count),
  firstIntentAtMs: optional(count),
  taskRef: optional(text),
  observedVersion: optional(count),
  launchedAtMs: optional(count),
  upAtMs: optional(count),
  stateChangedAtMs: count,
  cycleAtMs: optional(count),
  crashCount: count,
  nextStartAtMs: optional(count),
  restartEpoch: count,
  stoppingAtMs: optional(count),
  address: optional(fields<NonNullable<AnyDyno['address']>>({ host: text, port: count })),
  stopCause: optional(stopCauseShape),
  told: optional(
    fields<DynoTold>({
      starting: optional(yes),
      awaitingClient: optional(yes),
      exitTimeout: optional(yes),
      hangUps: optional(count),
      lastHangUpAtMs: optional(count),
      detached: optional(yes),
    }),
  ),
  createdAtMs: count,
  updatedAtMs: count,
};

export const dynoRecord = defineRecord({
  noun: 'dyno',
  version: 1,
  key: dynoKey,
  shape: variants<Dyno, 'kind'>('kind', {
    formation: {
      ...anyDyno,
      recycleAtMs: optional(count),
      startedBecause: optional(oneOf(...STOP_CAUSES, 'new', 'crash', 'lost', 'wake')),
      replaces: optional(
        fields<NonNullable<FormationDyno['replaces']>>({ dynoId: text, sinceMs: count, cause: stopCauseShape }),
      ),
    },
    'one-off': {
      ...anyDyno,
      job: optional(
        fields<DynoJob>({
          id: text,
          name: text,
          scheduledAtMs: count,
          cause: oneOf('schedule', 'catch-up', 'manual'),
          replaced: optional(yes),
        }),
      ),
      attach: optional(fields<NonNullable<OneOffDyno['attach']>>({ terminal: flag, columns: count, rows: count })),
      sealedEnvironment: optional(text),
      timeToLiveSeconds: optional(count),
      stopRequested: optional(flag),
      outcome: optional(oneOf('failed')),
    },
    release: { ...anyDyno, stopRequested: optional(flag), outcome: optional(oneOf('succeeded', 'failed')) },
  }),
});
