import type { BuildOrder } from '../../../core/ports/builder.ts';
import type { ItemKey, Store, Write } from '../../../core/ports/store.ts';
import { sourceShape } from '../../../core/records/build.ts';
import { count, fields, listOf, number, oneOf, optional, text } from '../../../core/records/checks.ts';
import { defineRecord } from '../../../core/records/define-record.ts';

/** An order, stored from its start until its outcome is handled: `builds` / `<buildId>`. Its config vars are sealed. */
export interface QueuedBuild extends Omit<BuildOrder, 'config'> {
  readonly sealedConfig: string;
  readonly orderedAtMs: number;
  /** `starting`: StartBuild was called, and its answer is not recorded yet. */
  readonly state: 'waiting' | 'starting' | 'running' | 'cancelled';
  readonly stateAtMs: number;
  /** CodeBuild's id, once known. */
  readonly codeBuildId?: string;
}

export const BUILDS_QUEUE = 'builds';
export const BUILDS_PARTITION = 'builds';
export const queuedBuildKey = (buildId: string): ItemKey => ({ partition: BUILDS_PARTITION, sort: buildId });
export const buildConfigContext = (buildId: string): string => `build-order#${buildId}`;

export const queuedBuildRecord = defineRecord({
  noun: 'build order',
  version: 1,
  key: queuedBuildKey,
  shape: fields<QueuedBuild>({
    appId: text,
    appName: text,
    buildId: text,
    stack: text,
    source: sourceShape,
    checksum: optional(text),
    sourceVersion: optional(text),
    buildpacks: listOf(text),
    outputStreamId: text,
    deadlineMs: number,
    sealedConfig: text,
    orderedAtMs: count,
    state: oneOf('waiting', 'starting', 'running', 'cancelled'),
    stateAtMs: count,
    codeBuildId: optional(text),
  }),
});

/** Always due: a sweep of the queue checks every order that is not over. */
export function putQueuedBuild(build: QueuedBuild, expect: 'absent' | number): Write {
  const due = { queue: BUILDS_QUEUE, atMs: build.stateAtMs };
  return { kind: 'put', key: queuedBuildKey(build.buildId), value: build, expect, due };
}

/** Undefined: the order is over, or another writer was faster. */
export async function changeQueuedBuild(
  store: Store,
  buildId: string,
  change: (build: QueuedBuild) => QueuedBuild | undefined,
): Promise<QueuedBuild | undefined> {
  for (;;) {
    const item = await queuedBuildRecord.get(store, buildId);
    const changed = item && change(item.value);
    if (item === undefined || changed === undefined) return undefined;
    if ((await store.transact([putQueuedBuild(changed, item.version)])).ok) return changed;
  }
}
