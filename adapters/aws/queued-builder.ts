import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Builder, BuildOrder } from '../../core/ports/builder.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { ConfigVault } from '../../core/ports/config-vault.ts';
import type { Store } from '../../core/ports/store.ts';
import { buildConfigContext, changeQueuedBuild, putQueuedBuild, type QueuedBuild } from './codebuild/queued-build.ts';

export interface QueuedBuilderParts {
  readonly store: Store;
  readonly vault: ConfigVault;
  readonly clock: Clock;
  readonly sqs: SQSClient;
  readonly buildQueueUrl: string;
  readonly problem: (text: string, cause: unknown) => void;
}

/**
 * The API's side of builds: it writes orders down and says that there is one. The builds function has CodeBuild carry
 * them out (`codebuild/`); a message that is lost is made good by the minute's sweep.
 */
export class QueuedBuilder implements Builder {
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
    // A conflict is this order, given before.
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

  /** The order is written: a build that was said to have failed must not run, so this is no failure of it. */
  async #tell(buildId: string): Promise<void> {
    const { sqs, buildQueueUrl, problem } = this.#parts;
    try {
      await sqs.send(new SendMessageCommand({ QueueUrl: buildQueueUrl, MessageBody: JSON.stringify({ buildId }) }));
    } catch (error) {
      problem('the builds function could not be told of an order; the sweep finds it', error);
    }
  }
}
