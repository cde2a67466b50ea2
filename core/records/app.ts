import type { ItemKey } from '../ports/store.ts';
import type { Collaborator } from './account.ts';
import { count, fields, flag, listOf, mapOf, oneOf, optional, text } from './checks.ts';
import { defineRecord } from './define-record.ts';
import { type DynoManagerSettings, settingsShape } from './dyno-manager-settings.ts';
import { type FormationEntry, formationEntryShape } from './formation.ts';

/**
 * The app aggregate: this one record contains everything on which the dyno manager's desired state depends, so that one conditional
 * write changes it atomically. Item: partition `app#<id>`, sort `app`; its name is reserved by the item `app-name#<name>` /
 * `app-name` (value: `{ appId }`).
 */
export interface App {
  readonly id: string;
  readonly name: string;
  readonly ownerId: string;
  readonly ownerEmail: string;
  readonly regionName: string;
  /** Stack of the running slug, and of the next build. */
  readonly stackName: string;
  readonly buildStackName: string;
  readonly maintenance: boolean;
  /** Enabled app features by name (core/app/app-feature.ts). */
  readonly features: Readonly<Record<string, boolean>>;
  /** As the user set them: names, URLs or paths. Empty: detect at the next build. */
  readonly buildpacks: readonly string[];
  readonly formation: readonly FormationEntry[];
  /** Version that the next release gets; versions are never reused. */
  readonly nextReleaseVersion: number;
  /** The newest succeeded release; undefined before the first. */
  readonly currentReleaseVersion?: number;
  /** Releases whose release phase has not ended, oldest first. The manager runs them one after another. */
  readonly pendingReleaseVersions: readonly number[];
  /** The sealed config item of the next release: `config#<n>`. */
  readonly configVersion: number;
  readonly restarts: RestartEpochs;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly releasedAtMs?: number;
  readonly slugSizeBytes?: number;
  /** What the buildpack detected, e.g. `Node.js`; for the current slug. */
  readonly buildpackDescription?: string;
  /** Absent: the default settings. */
  readonly dynoManager?: DynoManagerSettings;
  /** Further names that are routed to this app: custom domains, each with its DNS target. Absent: none. */
  readonly customHosts?: readonly string[];
  /** Automated certificates; absent: never switched on. */
  readonly acm?: AcmSwitch;
  /** Set by a delete: the manager stops every dyno, then the records are deleted. */
  readonly deletedAtMs?: number;
}

export interface AcmSwitch {
  readonly enabled: boolean;
  /** Grows with each refresh: domains with a lower number are checked, or retried, at once. */
  readonly refreshes: number;
}

/**
 * Restarts as desired state: a dyno whose `restartEpoch` is lower than the highest epoch that applies to it must be replaced.
 * Counters instead of times, because the clocks of different machines disagree.
 */
export interface RestartEpochs {
  /** The last epoch that was used. */
  readonly last: number;
  /** Scope → epoch: `*` all formation dynos, `web` a process type, `web.1` one dyno. */
  readonly byScope: Readonly<Record<string, number>>;
}

export const appKey = (appId: string) => ({ partition: `app#${appId}`, sort: 'app' });
/** The id of the app in whose partition this item is. */
export const appIdOf = ({ partition }: ItemKey): string => partition.slice('app#'.length);
export const appNameKey = (name: string) => ({ partition: `app-name#${name}`, sort: 'app-name' });
/** Membership: lists an account's apps; value `{ appId, role }`. */
export const membershipKey = (accountId: string, appId: string) => ({
  partition: `account#${accountId}`,
  sort: `app#${appId}`,
});
/** A collaborator of an app, including the owner; value: `Collaborator`. */
export const collaboratorKey = (appId: string, accountId: string) => ({
  partition: `app#${appId}`,
  sort: `collaborator#${accountId}`,
});

/** Marks an app for a pass of the dyno manager; due in queue `manager`. Written in the same transaction as the change. */
export const managerKey = (appId: string) => ({ partition: `app#${appId}`, sort: 'manager' });
export const MANAGER_QUEUE = 'manager';

export interface ManagerMark {
  readonly appId: string;
  /** Something changed since the last pass began. Cleared only if nobody has written the mark since then. */
  readonly dirty: boolean;
  /** When the next pass is due, as the manager has set it. */
  readonly lookAtMs?: number;
  /** The version of the app's record in the last pass: since then its hosts are routed to it. */
  readonly routedAppVersion?: number;
  /** The time of the last pass that wrote anything, and what it left waiting; for the status. */
  readonly passedAtMs?: number;
  readonly waiting?: readonly string[];
}

export const appRecord = defineRecord({
  noun: 'app',
  version: 1,
  key: appKey,
  shape: fields<App>({
    id: text,
    name: text,
    ownerId: text,
    ownerEmail: text,
    regionName: text,
    stackName: text,
    buildStackName: text,
    maintenance: flag,
    features: mapOf(flag),
    buildpacks: listOf(text),
    formation: listOf(formationEntryShape),
    nextReleaseVersion: count,
    currentReleaseVersion: optional(count),
    pendingReleaseVersions: listOf(count),
    configVersion: count,
    restarts: fields<RestartEpochs>({ last: count, byScope: mapOf(count) }),
    createdAtMs: count,
    updatedAtMs: count,
    releasedAtMs: optional(count),
    slugSizeBytes: optional(count),
    buildpackDescription: optional(text),
    dynoManager: optional(settingsShape),
    customHosts: optional(listOf(text)),
    acm: optional(fields<AcmSwitch>({ enabled: flag, refreshes: count })),
    deletedAtMs: optional(count),
  }),
});

/** Points to an app: from its name, and from an account. */
interface AppPointer {
  readonly appId: string;
}

const appPointerShape = fields<AppPointer>({ appId: text });
export const appNameRecord = defineRecord({ noun: 'app name', version: 1, key: appNameKey, shape: appPointerShape });
export const membershipRecord = defineRecord({
  noun: 'membership',
  version: 1,
  key: membershipKey,
  shape: appPointerShape,
});

export const collaboratorRecord = defineRecord({
  noun: 'collaborator',
  version: 1,
  key: collaboratorKey,
  shape: fields<Collaborator>({
    id: text,
    appId: text,
    accountId: text,
    email: text,
    role: oneOf('owner', 'collaborator'),
    createdAtMs: count,
    updatedAtMs: count,
  }),
});

export const managerRecord = defineRecord({
  noun: 'manager',
  version: 1,
  key: managerKey,
  shape: fields<ManagerMark>({
    appId: text,
    dirty: flag,
    lookAtMs: optional(count),
    routedAppVersion: optional(count),
    passedAtMs: optional(count),
    waiting: optional(listOf(text)),
  }),
});
