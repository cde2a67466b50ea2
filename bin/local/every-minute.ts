const MINUTE_MS = 60_000;
const TIMER_SLACK_MS = 5;

export interface EveryMinute {
  /** Returns when nothing of it runs any more. */
  stop(): Promise<void>;
}

/**
 * Once after `firstAfterMs`, then at the beginning of each minute of the clock, so that what is due then starts then.
 * Never twice at once.
 */
export function everyMinute(work: () => Promise<void>, firstAfterMs: number, nowMs: () => number): EveryMinute {
  let timer: NodeJS.Timeout;
  let running = Promise.resolve();
  let stopped = false;
  const wait = (ms: number): void => {
    if (stopped) return;
    timer = setTimeout(() => {
      running = work();
      // A timer may fire a little early, and a minute that has not begun has nothing due.
      running.finally(() => wait(MINUTE_MS - (nowMs() % MINUTE_MS) + TIMER_SLACK_MS));
    }, ms);
  };
  wait(firstAfterMs);
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
