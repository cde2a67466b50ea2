import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Builder, BuildOrder } from '../../core/ports/builder.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { ConfigVault } from '../../core/ports/config-vault.ts';
import type { Problems } from '../../core/ports/problems.ts';
import type { Store } from '../../core/ports/store.ts';
import { buildConfigContext, changeQueuedBuild, putQueuedBuild, type QueuedBuild } from './codebuild/queued-build.ts';

export interface QueuedBuilderParts {
  readonly store: Store;
  readonly vault: ConfigVault;
  readonly clock: Clock;
  readonly sqs: SQSClient;
  readonly buildQueueUrl: string;
  readonly problems: Problems;
}

/**
 * The API's side of builds: stores orders and notifies the builds function, which has CodeBuild carry them out
 * (`codebuild/`). The sweep every minute makes up for a lost message.
 */
export class QueuedBuilder implements Builder {
  /** `container` is built from its Dockerfile. */
  readonly stacks = ['heroku-22', 'heroku-24', 'heroku-26', 'container'];
  readonly #parts: QueuedBuilderParts;

  constructor(parts: QueuedBuilderParts) {
    this.#parts = parts;
  }

  async start({ config, ...order }: BuildOrder): Promise<void> {
    const { store, vault, clock } = this.#parts;
    const nowMs = clock.nowMs();
    const build: QueuedBuild = {
      ...order,
      sealedConfig: await vault.seal(config, buildConfigContext(order.buildId)),
      orderedAtMs: nowMs,
      state: 'waiting',
      stateAtMs: nowMs,
    };
    // A conflict means that this order is already stored.
    await store.transact([putQueuedBuild(build, 'absent')]);
    await this.#tell(order.buildId);
  }

  async cancel(buildId: string): Promise<void> {
    const { store, clock } = this.#parts;
    const cancelled = await changeQueuedBuild(store, buildId, (build) => ({
      ...build,
      state: 'cancelled',
      stateAtMs: clock.nowMs(),
    }));
    if (cancelled !== undefined) await this.#tell(buildId);
  }

  /** A failure here does not fail the order, which is stored: a build that was reported as failed must not run. */
  async #tell(buildId: string): Promise<void> {
    const { sqs, buildQueueUrl, problems } = this.#parts;
    try {
      await sqs.send(new SendMessageCommand({ QueueUrl: buildQueueUrl, MessageBody: JSON.stringify({ buildId }) }));
    } catch (error) {
      problems.report('could not queue a build; the next tick starts it', error);
    }
  }
}
