import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../time.ts';

/** Between SIGTERM and SIGKILL (Heroku Dev Center: Dyno Shutdown Behavior). */
export const GRACE_MS = 30 * SECOND_MS;
/**
 * Between publishing routes without a dyno and its SIGTERM: requests that were on their way to it arrive within 50 to 100 ms
 * (measured with the router in its own process).
 */
export const DRAIN_MS = 150;
/** A web process must bind to `$PORT` this long after its launch, or R10. */
export const BOOT_TIMEOUT_MS = 60 * SECOND_MS;
/** A release command that runs longer fails; not extendable. */
export const RELEASE_TIMEOUT_MS = HOUR_MS;
/** Dynos are cycled 24 hours and up to 216 minutes after their start, each at its own time. */
export const CYCLE_AFTER_MS = DAY_MS;
export const CYCLE_SPREAD_MS = 216 * MINUTE_MS;
/** A dyno that stayed up this long has "started correctly": its earlier crashes no longer count. */
export const SURVIVED_MS = 10 * MINUTE_MS;

/** After the boot timeout and two more minutes, preboot switches to the new dynos (Heroku Dev Center: Preboot). */
export const PREBOOT_WINDOW_MS = BOOT_TIMEOUT_MS + 2 * MINUTE_MS;
/** New dynos that are not up after this long are abandoned, and the old ones keep running. */
export const ROLLOUT_PATIENCE_MS = 15 * MINUTE_MS;
/** How long one dyno waits for its replacement, which was started first. A Spot machine is gone two minutes after its notice. */
export const REPLACEMENT_PATIENCE_MS = 15 * MINUTE_MS;
export const SPOT_PATIENCE_MS = 90 * SECOND_MS;
/** A replacement that the runtime refused this often has no room next to the old dyno. */
export const REFUSALS_MAX = 2;
/** Accepted, and its process not launched for this long: started again elsewhere. */
export const PENDING_TIMEOUT_MS = 10 * MINUTE_MS;
/**
 * How long a start without an answer may be repeated: ECS knows its token until at least an hour after the task's end, and would
 * then start another task. Five minutes are left for clocks that differ and slow calls.
 */
export const START_REPEATABLE_MS = 55 * MINUTE_MS;
/** Dynos that should have been cycled this long ago were held up by us: they must not all be cycled at once. */
export const CYCLE_OVERDUE_MS = 15 * MINUTE_MS;
/** Memory above an app's own threshold for this long is no peak. */
export const MEMORY_SUSTAINED_MS = 5 * MINUTE_MS;
/** An Eco app sleeps when its web dynos have had no request for this long (Heroku Dev Center: Eco Dyno Hours). */
export const ECO_IDLE_MS = 30 * MINUTE_MS;
/** Older observations do not prove that a task is missing. */
export const OBSERVATIONS_FRESH_MS = MINUTE_MS;

/** SIGHUP is sent this many times, this far apart, before the dyno counts as detached (R16). */
export const HANG_UPS = 3;
export const HANG_UP_INTERVAL_MS = 5 * SECOND_MS;

/** Some tasks could not be read: the next pass follows soon. */
export const INCOMPLETE_RECHECK_MS = 5 * SECOND_MS;
/** While something is under way (a boot, an exit), in case the event of its end is lost. */
export const MOVING_RECHECK_MS = 30 * SECOND_MS;
/** An app with dynos, in case the event of a crash is lost. */
export const STEADY_RECHECK_MS = 15 * MINUTE_MS;
/** An app without dynos stays in the due queue, so that walking the queue finds every app. */
export const EMPTY_RECHECK_MS = DAY_MS;
/** After the grace the runtime should have killed the task; if it still lives, the request was lost. */
export const STOP_AGAIN_AFTER_MS = 5 * SECOND_MS;
