import { updateApp } from '../app/update-app.ts';
import { type Failure, invalid } from '../failure.ts';
import type { Platform } from '../platform.ts';
import type { App } from '../records/app.ts';
import { type CycleWindow, DEFAULT_SETTINGS, type DynoManagerSettings } from '../records/dyno-manager-settings.ts';
import { err, ok, type Result } from '../result.ts';
import { isTimeZone } from '../scheduler/time-zone.ts';

/** As a user sends it: absent keeps a setting, `null` removes it. */
export interface SettingsChange {
  readonly cycling?: boolean;
  readonly cycleWindow?: { readonly start: string; readonly end: string; readonly timeZone: string } | null;
  readonly memoryThresholdPercent?: number | null;
}

/** The dynos of a type take turns: in less time a large formation could not be cycled in parts. */
const WINDOW_MIN_MINUTES = 30;
const THRESHOLD_MIN_PERCENT = 50;
const THRESHOLD_MAX_PERCENT = 200;

export async function changeManagerSettings(
  platform: Platform,
  appId: string,
  change: SettingsChange,
): Promise<Result<App, Failure>> {
  const updated = await updateApp(platform, appId, (app) => {
    const settings = withChange(app.dynoManager ?? DEFAULT_SETTINGS, change, platform.clock.nowMs());
    return settings.ok ? ok({ app: { ...app, dynoManager: settings.value }, value: undefined }) : settings;
  });
  return updated.ok ? ok(updated.value.app) : updated;
}

export function withChange(
  settings: DynoManagerSettings,
  change: SettingsChange,
  nowMs: number,
): Result<DynoManagerSettings, Failure> {
  const { cycleWindow: windowBefore, memoryThresholdPercent: percentBefore } = settings;
  const window = change.cycleWindow === undefined ? ok(windowBefore) : parseWindow(change.cycleWindow, nowMs);
  if (!window.ok) return window;
  const percent = change.memoryThresholdPercent === undefined ? percentBefore : change.memoryThresholdPercent;
  const validPercent =
    percent == null ||
    (Number.isInteger(percent) && percent >= THRESHOLD_MIN_PERCENT && percent <= THRESHOLD_MAX_PERCENT);
  if (!validPercent) {
    return err(
      invalid(
        `memory_threshold_percent must be a whole number from ${THRESHOLD_MIN_PERCENT} to ${THRESHOLD_MAX_PERCENT}, or null.`,
      ),
    );
  }
  return ok({
    cycling: change.cycling ?? settings.cycling,
    ...(window.value === undefined ? {} : { cycleWindow: window.value }),
    ...(percent == null ? {} : { memoryThresholdPercent: percent }),
  });
}

function parseWindow(window: SettingsChange['cycleWindow'], nowMs: number): Result<CycleWindow | undefined, Failure> {
  if (window == null) return ok(undefined);
  const startMinute = minuteOf(window.start);
  if (startMinute === undefined) return err(invalid('cycle_window.start must be a time of day such as "02:00".'));
  const endMinute = minuteOf(window.end);
  if (endMinute === undefined) return err(invalid('cycle_window.end must be a time of day such as "05:00".'));
  if (!isTimeZone(window.timeZone)) {
    return err(invalid('cycle_window.time_zone must be the name of a time zone such as "Europe/Berlin".'));
  }
  const parsed = { startMinute, endMinute, timeZone: window.timeZone, sinceMs: nowMs };
  if (windowMinutes(parsed) < WINDOW_MIN_MINUTES) {
    return err(invalid(`cycle_window.end must be at least ${WINDOW_MIN_MINUTES} minutes after cycle_window.start.`));
  }
  return ok(parsed);
}

const MINUTES_PER_DAY = 1_440;

export function windowMinutes({ startMinute, endMinute }: Pick<CycleWindow, 'startMinute' | 'endMinute'>): number {
  return (endMinute - startMinute + MINUTES_PER_DAY) % MINUTES_PER_DAY;
}

function minuteOf(text: string): number | undefined {
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  return hours === undefined || minutes === undefined ? undefined : Number(hours) * 60 + Number(minutes);
}

/** `02:00` */
export function timeOfDay(minute: number): string {
  const two = (number: number) => String(number).padStart(2, '0');
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}
