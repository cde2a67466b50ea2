import type { LocalPlatform } from './local-platform.ts';

/** Heroku's time between SIGTERM and SIGKILL. */
const GRACE_SECONDS = 30;

/** The terminal signals every process, and npm passes the signal on: the same one arrives twice. */
const SAME_SIGNAL_MS = 500;

/** The first Ctrl-C gives dynos time to end, the second one does not. */
export function stopOnSignals(platform: LocalPlatform, say: (text: string) => void): void {
  let stops = 0;
  let lastMs = Number.NEGATIVE_INFINITY;
  const stop = () => {
    const nowMs = performance.now();
    if (nowMs - lastMs < SAME_SIGNAL_MS) return;
    lastMs = nowMs;
    stops += 1;
    if (stops > 2) return;
    say(stops === 1 ? 'Stopping dynos (up to 30 seconds; again to stop them at once) ...' : 'Stopping at once ...');
    platform.stop(stops === 1 ? GRACE_SECONDS : 0).then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  // The terminal is gone: there will be no second Ctrl-C.
  process.on('SIGHUP', stop);
}
