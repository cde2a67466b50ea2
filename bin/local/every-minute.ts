const MINUTE_MS = 60_000;

export interface EveryMinute {
  /** Returns when nothing of it runs any more. */
  stop(): Promise<void>;
}

/** At the beginning of each minute of the clock, so that what is due then starts then. Never twice at once. */
export function everyMinute(work: () => Promise<void>, nowMs: () => number): EveryMinute {
  let timer: NodeJS.Timeout;
  let running = Promise.resolve();
  let stopped = false;
  const wait = (): void => {
    if (stopped) return;
    timer = setTimeout(
      () => {
        running = work();
        running.finally(wait);
      },
      // A timer may fire a little early; a minute that has not begun has nothing due.
      MINUTE_MS - (nowMs() % MINUTE_MS) + 5,
    );
  };
  wait();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
