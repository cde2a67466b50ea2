import { count, fields, mapOf, oneOf, optional, text } from './checks.ts';
import { defineRecord } from './define-record.ts';

/** Item: `app#<id>` / `release#<10 digits>`; found by id through `app#<id>` / `release-id#<uuid>` (`{ version }`). */
export interface Release {
  readonly id: string;
  readonly appId: string;
  readonly version: number;
  readonly description: string;
  /** `pending` while the release phase runs; a failed or pending release never becomes current. */
  readonly status: 'pending' | 'succeeded' | 'failed' | 'expired';
  /** Undefined before any code was deployed. */
  readonly slugId?: string;
  /** Process type → command, of the slug. */
  readonly processTypes: Readonly<Record<string, string>>;
  /** `config#<n>` that this release froze. */
  readonly configVersion: number;
  readonly userId: string;
  readonly userEmail: string;
  /** Of the release phase. */
  readonly outputStreamId?: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

const padded = (version: number) => String(version).padStart(10, '0');
export const releaseKey = (appId: string, version: number) => ({
  partition: `app#${appId}`,
  sort: `release#${padded(version)}`,
});
export const releaseIdKey = (appId: string, id: string) => ({ partition: `app#${appId}`, sort: `release-id#${id}` });
/** Seal context: `configContext`. */
export const configKey = (appId: string, version: number) => ({
  partition: `app#${appId}`,
  sort: `config#${padded(version)}`,
});
export const configContext = (appId: string, version: number) => `config/${appId}/${version}`;

export const releaseRecord = defineRecord({
  noun: 'release',
  version: 1,
  key: releaseKey,
  shape: fields<Release>({
    id: text,
    appId: text,
    version: count,
    description: text,
    status: oneOf('pending', 'succeeded', 'failed', 'expired'),
    slugId: optional(text),
    processTypes: mapOf(text),
    configVersion: count,
    userId: text,
    userEmail: text,
    outputStreamId: optional(text),
    createdAtMs: count,
    updatedAtMs: count,
  }),
});

/** Finds a release by its id. */
export interface ReleasePointer {
  readonly version: number;
}

export const releaseIdRecord = defineRecord({
  noun: 'release id',
  version: 1,
  key: releaseIdKey,
  shape: fields<ReleasePointer>({ version: count }),
});

/** The config vars of a release. */
export interface SealedConfig {
  readonly sealed: string;
}

export const configRecord = defineRecord({
  noun: 'config',
  version: 1,
  key: configKey,
  shape: fields<SealedConfig>({ sealed: text }),
});
