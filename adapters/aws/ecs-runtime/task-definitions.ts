import { type ECSClient, RegisterTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import type { Ids } from '../../../core/ports/ids.ts';
import type { ItemKey, Store } from '../../../core/ports/store.ts';
import { fields, text } from '../../../core/records/checks.ts';
import { defineRecord } from '../../../core/records/define-record.ts';
import type { SlugImage } from '../../../core/records/slug.ts';
import type { CapacityClass } from './place.ts';
import type { EcsRuntimeSettings } from './settings.ts';
import { taskDefinition } from './task-definition.ts';

export interface TaskDefinitionParts {
  readonly ecs: ECSClient;
  readonly store: Store;
  readonly ids: Pick<Ids, 'sha256'>;
  readonly settings: EcsRuntimeSettings;
}

interface Registered {
  readonly arn: string;
  /** Hash of all that was registered: another version of the platform registers anew, running dynos keep theirs. */
  readonly fingerprint: string;
}

/** ECS registers one definition per second in the whole account: builds do it in advance, so that starts need not. */
export async function registerTaskDefinitions(
  parts: TaskDefinitionParts,
  appId: string,
  image: SlugImage,
  capacities: readonly CapacityClass[],
): Promise<void> {
  const definitions = new TaskDefinitions(parts);
  for (const capacity of capacities) await definitions.arnOf(appId, image, capacity);
}

export class TaskDefinitions {
  readonly #parts: TaskDefinitionParts;
  /** Concurrent starts of one pass ask for the same definition. */
  readonly #asked = new Map<string, Promise<string>>();

  constructor(parts: TaskDefinitionParts) {
    this.#parts = parts;
  }

  arnOf(appId: string, image: SlugImage, capacity: CapacityClass): Promise<string> {
    const { partition, sort } = itemKey(appId, image, capacity);
    const key = `${partition} ${sort}`;
    let asked = this.#asked.get(key);
    if (asked === undefined) {
      asked = this.#arnOf(appId, image, capacity).finally(() => this.#asked.delete(key));
      this.#asked.set(key, asked);
    }
    return asked;
  }

  /** Call when ECS no longer knows the definition. */
  async forget(appId: string, image: SlugImage, capacity: CapacityClass): Promise<void> {
    await this.#parts.store.transact([{ kind: 'delete', key: itemKey(appId, image, capacity), expect: 'any' }]);
  }

  async #arnOf(appId: string, image: SlugImage, capacity: CapacityClass): Promise<string> {
    const { ecs, store, ids, settings } = this.#parts;
    const key = itemKey(appId, image, capacity);
    const input = taskDefinition(settings, appId, image, capacity);
    const fingerprint = ids.sha256(JSON.stringify(input));
    const known = await registeredRecord.get(store, appId, image, capacity);
    if (known?.value.fingerprint === fingerprint) return known.value.arn;
    const { taskDefinition: registered } = await ecs.send(new RegisterTaskDefinitionCommand(input));
    const arn = registered?.taskDefinitionArn;
    if (arn === undefined) throw new Error('ECS registered a task definition and did not name it');
    // Two concurrent registrations make two revisions with the same content: either is fine.
    await store.transact([{ kind: 'put', key, value: { arn, fingerprint }, expect: 'any' }]);
    return arn;
  }
}

function itemKey(appId: string, { architecture, digest }: SlugImage, capacity: CapacityClass): ItemKey {
  const networkMode = capacity === 'shared' ? 'bridge' : 'awsvpc';
  return {
    partition: `task-definitions#${appId}`,
    sort: `task-definition#${digest}#${architecture}#${networkMode}#${capacity}`,
  };
}

const registeredRecord = defineRecord({
  noun: 'task definition',
  version: 1,
  key: itemKey,
  shape: fields<Registered>({ arn: text, fingerprint: text }),
});
