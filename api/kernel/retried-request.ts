import { setTimeout as sleep } from 'node:timers/promises';
import { conflict, type Failure } from '../../core/failure.ts';
import type { Platform } from '../../core/platform.ts';
import type { ItemKey } from '../../core/ports/store.ts';
import { fields, number, optional, text } from '../../core/records/checks.ts';
import { defineRecord } from '../../core/records/define-record.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { Rendered } from './render.ts';

/**
 * The official CLI repeats a POST with the same Request-Id when the connection breaks. The first answer is kept for the
 * repeat, so that `apps:create` makes one app. Item: `account#<id>` / `request#<fingerprint>`.
 */
interface RequestRecord {
  /** Absent while the first attempt is running. Sealed: the answer may contain a token. */
  readonly sealedAnswer?: string;
  /** An attempt without an answer by then has died with its process, and the next one starts the work again. */
  readonly leaseUntilMs: number;
  readonly keptUntilMs: number;
}

const requestKey = (accountId: string, fingerprint: string) => ({
  partition: `account#${accountId}`,
  sort: `request#${fingerprint}`,
});
const requestRecord = defineRecord({
  noun: 'request',
  version: 1,
  key: requestKey,
  shape: fields<RequestRecord>({ sealedAnswer: optional(text), leaseUntilMs: number, keptUntilMs: number }),
});

/** What is sealed. */
type Kept = { readonly rendered: string };

const KEPT_MS = 10 * 60_000;
/** Handlers answer within milliseconds; the CLI itself times out after 60 s of silence. */
const LEASE_MS = 20_000;
const WAIT_MS = 30_000;
/** The store's limit is 350 KiB per item, and sealing adds a third. */
const ANSWER_LENGTH_MAX = 200_000;

export interface PostedRequest {
  readonly accountId: string;
  readonly requestId: string;
  /** Path and query. */
  readonly target: string;
  readonly body: string;
}

export async function answerOnce(
  platform: Platform,
  posted: PostedRequest,
  work: () => Promise<Rendered>,
  report: (error: unknown) => void,
): Promise<Result<Rendered, Failure>> {
  const fingerprint = platform.ids.sha256([posted.requestId, posted.target, posted.body].join('\n'));
  const key = requestKey(posted.accountId, fingerprint);
  const context = `request/${posted.accountId}/${fingerprint}`;
  const giveUpAtMs = performance.now() + WAIT_MS;
  for (let pauseMs = 5; ; pauseMs = Math.min(2 * pauseMs, 500)) {
    const item = await requestRecord.get(platform.store, posted.accountId, fingerprint);
    const nowMs = platform.clock.nowMs();
    const record = item !== undefined && item.value.keptUntilMs > nowMs ? item.value : undefined;
    if (record?.sealedAnswer !== undefined) {
      const kept = (await platform.vault.open(record.sealedAnswer, context)) as Kept;
      return ok(JSON.parse(kept.rendered) as Rendered);
    }
    if (record === undefined || record.leaseUntilMs <= nowMs) {
      const claim: RequestRecord = { leaseUntilMs: nowMs + LEASE_MS, keptUntilMs: nowMs + KEPT_MS };
      const claimed = await platform.store.transact([
        { kind: 'put', key, value: claim, expect: item?.version ?? 'absent', expiresAtMs: claim.keptUntilMs },
      ]);
      if (claimed.ok) {
        const rendered = await work().catch(async (error: unknown) => {
          await release(platform, key).catch(report);
          throw error;
        });
        // The work is done: failing to keep the answer must not make the request fail.
        await keep(platform, key, context, claim, rendered).catch(report);
        return ok(rendered);
      }
    }
    if (performance.now() > giveUpAtMs)
      return err(conflict('The same request is still being processed. Try again in a moment.'));
    await sleep(pauseMs);
  }
}

async function keep(
  platform: Platform,
  key: ItemKey,
  context: string,
  claim: RequestRecord,
  rendered: Rendered,
): Promise<void> {
  const text = JSON.stringify(rendered);
  if (rendered.status >= 300 || text.length > ANSWER_LENGTH_MAX) {
    // A refusal changed nothing: a repeat can be processed again.
    await release(platform, key);
    return;
  }
  const kept: Kept = { rendered: text };
  const value: RequestRecord = { ...claim, sealedAnswer: await platform.vault.seal(kept, context) };
  await platform.store.transact([{ kind: 'put', key, value, expect: 'any', expiresAtMs: claim.keptUntilMs }]);
}

async function release(platform: Platform, key: ItemKey): Promise<void> {
  await platform.store.transact([{ kind: 'delete', key, expect: 'any' }]);
}
