export type TrafficMessage =
  /** Apps that may sleep and have had a request since the last such message. */
  | { readonly kind: 'requests'; readonly appIds: readonly string[] }
  /** A request waits for an app that sleeps. */
  | { readonly kind: 'wake'; readonly appId: string };

export interface Traffic {
  request(appId: string): void;
  wake(appId: string): void;
}

export interface TrafficOptions {
  readonly send: (message: TrafficMessage) => void;
  readonly monotonicMs: () => number;
  readonly everyMs?: number;
}

/** Apps sleep after half an hour: one message per app and ten seconds is exact enough, and costs nothing. */
const EVERY_MS = 10_000;
/** One wake-up is enough; it is repeated in case it was lost. */
const WAKE_AGAIN_MS = 1_000;

/** Reports requests for apps that may sleep: the first one at once, all others in batches. */
export function createTraffic({ send, monotonicMs, everyMs = EVERY_MS }: TrafficOptions): Traffic {
  let requested = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const wokenMs = new Map<string, number>();

  function flush(): void {
    timer = undefined;
    if (requested.size === 0) return;
    const appIds = [...requested];
    requested = new Set();
    send({ kind: 'requests', appIds });
    timer = setTimeout(flush, everyMs);
    timer.unref();
  }

  return {
    request(appId) {
      requested.add(appId);
      if (timer === undefined) flush();
    },
    wake(appId) {
      const nowMs = monotonicMs();
      const before = wokenMs.get(appId);
      if (before !== undefined && nowMs - before < WAKE_AGAIN_MS) return;
      wokenMs.set(appId, nowMs);
      send({ kind: 'wake', appId });
    },
  };
}
