import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../time.ts';

/** Between SIGTERM and SIGKILL (Heroku Dev Center: Dyno Shutdown Behavior). */
export const GRACE_MS = 30 * SECOND_MS;
/**
 * Between the publishing of routes without a dyno and its SIGTERM: requests that were on their way to it when the
 * routes changed arrive within 50 to 100 ms (measured against the router in its own process).
 */
export const DRAIN_MS = 150;
/** A web process must bind to `$PORT` this long after its launch, or R10. */
export const BOOT_TIMEOUT_MS = 60 * SECOND_MS;
/** A release command that runs longer has failed; not extendable. */
export const RELEASE_TIMEOUT_MS = HOUR_MS;
/** Dynos are cycled 24 hours and up to 216 minutes after their start, each at its own time. */
export const CYCLE_AFTER_MS = DAY_MS;
export const CYCLE_SPREAD_MS = 216 * MINUTE_MS;
/** A dyno that stayed up this long has "started correctly": its crashes before do not count any more. */
export const SURVIVED_MS = 10 * MINUTE_MS;

/** After the boot timeout and two minutes more, preboot switches to the new dynos (Heroku Dev Center: Preboot). */
export const PREBOOT_WINDOW_MS = BOOT_TIMEOUT_MS + 2 * MINUTE_MS;
/** New dynos that are not up after this long are given up, and the old ones go on. */
export const ROLLOUT_PATIENCE_MS = 15 * MINUTE_MS;
/** How long one dyno waits for its replacement, which was started first. A Spot machine is gone two minutes after its notice. */
export const REPLACEMENT_PATIENCE_MS = 15 * MINUTE_MS;
export const SPOT_PATIENCE_MS = 90 * SECOND_MS;
/** A replacement that the runtime refused this often has no room beside the old dyno. */
export const REFUSALS_MAX = 2;
/** Accepted, and its process not launched for so long: started again elsewhere. */
export const PENDING_TIMEOUT_MS = 10 * MINUTE_MS;
/**
 * A start without an answer may be repeated for so long: ECS knows its token for an hour after the task's end at least,
 * and would then start another task. Five minutes are for clocks that differ and calls that take their time.
 */
export const START_REPEATABLE_MS = 55 * MINUTE_MS;
/** Dynos that should have been cycled so long ago waited for us: they are not all to go at once. */
export const CYCLE_OVERDUE_MS = 15 * MINUTE_MS;
/** Memory above an app's own threshold for so long is no peak. */
export const MEMORY_SUSTAINED_MS = 5 * MINUTE_MS;
/** An Eco app whose web dynos got no request for so long sleeps (Heroku Dev Center: Eco Dyno Hours). */
export const ECO_IDLE_MS = 30 * MINUTE_MS;
/** Older observations prove no absence. */
export const OBSERVATIONS_FRESH_MS = MINUTE_MS;

/** SIGHUP is sent this many times, this far apart, before the dyno counts as detached (R16). */
export const HANG_UPS = 3;
export const HANG_UP_INTERVAL_MS = 5 * SECOND_MS;

/** Some tasks could not be read: look again soon. */
export const INCOMPLETE_RECHECK_MS = 5 * SECOND_MS;
/** While something is on its way (a boot, an exit), in case the event that announces its end is lost. */
export const MOVING_RECHECK_MS = 30 * SECOND_MS;
/** An app with dynos, in case the event of a crash is lost. */
export const STEADY_RECHECK_MS = 15 * MINUTE_MS;
/** An app without dynos stays in the due queue, so that walking the queue finds every app. */
export const EMPTY_RECHECK_MS = DAY_MS;
/** After the grace the runtime should have killed the task; if it still lives, the request was lost. */
export const STOP_AGAIN_AFTER_MS = 5 * SECOND_MS;
