import { byteLength } from '../config/config-vars.ts';
import { usableSize } from '../dyno/dyno-size.ts';
import { isObject } from '../records/checks.ts';
import { CATCH_UPS, type CronJob, OVERLAPS } from '../records/cron-job.ts';
import { err, ok, type Result } from '../result.ts';
import { parseSchedule } from '../scheduler/schedule.ts';
import { isTimeZone } from '../scheduler/time-zone.ts';

const FIELDS = ['name', 'schedule', 'timezone', 'command', 'size', 'overlap', 'catchUp', 'timeToLiveSeconds'] as const;
type Entry = Readonly<Partial<Record<(typeof FIELDS)[number], unknown>>>;

/** A new release writes all jobs of an app, those that it ends and what they left undone in one transaction: three writes each. */
export const JOBS_MAX = 32;
/** They are part of the slug's record, which is a single item of the store. */
const BYTES_MAX = 64 * 1_024;
const COMMAND_LENGTH_MAX = 4_096;
const SECONDS_MAX = 86_400;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/** The result is in the stored form, and parses again to the same. */
export function parseJobs(cron: unknown): Result<readonly CronJob[], string> {
  if (cron === undefined) return ok([]);
  if (!Array.isArray(cron)) return err('cron must be a list.');
  if (cron.length > JOBS_MAX) return err(`cron has ${cron.length} entries: at most ${JOBS_MAX} are allowed.`);
  const jobs: CronJob[] = [];
  for (const [index, entry] of cron.entries()) {
    const parsed = parseEntry(entry);
    if (!parsed.ok) return err(`${placeOf(entry, index)}: ${parsed.error}`);
    const { name } = parsed.value;
    const other = jobs.findIndex((job) => job.name === name);
    if (other >= 0)
      return err(`cron[${index}]: name ${name} is already used by cron[${other}]. Give each its own name.`);
    jobs.push(parsed.value);
  }
  if (byteLength(JSON.stringify(jobs)) > BYTES_MAX) return err('cron can hold at most 64 KB.');
  return ok(jobs);
}

function placeOf(entry: unknown, index: number): string {
  const name = isObject(entry) && typeof entry.name === 'string' ? ` (${shown(entry.name)})` : '';
  return `cron[${index}]${name}`;
}

function parseEntry(entry: unknown): Result<CronJob, string> {
  if (!isObject(entry)) return err('it must be an object.');
  const strange = Object.keys(entry).find((key) => !(FIELDS as readonly string[]).includes(key));
  if (strange !== undefined) return err(`${shown(strange)} is not a field: use ${FIELDS.join(', ')}.`);
  const { schedule, timezone = 'UTC', command, overlap = 'skip', catchUp = 'none' }: Entry = entry;
  const problem = scheduleProblem(schedule) ?? timezoneProblem(timezone) ?? commandProblem(command);
  if (problem !== undefined) return err(problem);
  if (!isOneOf(OVERLAPS, overlap)) return err(`overlap must be ${OVERLAPS.join(', ')}.`);
  if (!isOneOf(CATCH_UPS, catchUp)) return err(`catchUp must be ${CATCH_UPS.join(', ')}.`);
  return withOptions(entry, {
    schedule: String(schedule).trim(),
    timezone: String(timezone),
    command: String(command).trim(),
    overlap,
    catchUp,
  });
}

function withOptions(entry: Entry, job: Omit<CronJob, 'name'>): Result<CronJob, string> {
  const { name = nameOf(job.command), size, timeToLiveSeconds: seconds } = entry;
  if (typeof name !== 'string' || !NAME.test(name)) {
    return err('name must be 1 to 63 letters, digits, dots, dashes and underscores, and begin with a letter or digit.');
  }
  if (size !== undefined && typeof size !== 'string') return err('size must be a text.');
  const found = size === undefined ? undefined : usableSize(size);
  if (found?.ok === false) return err(`size: ${found.error.message}`);
  if (seconds !== undefined && !isSeconds(seconds)) {
    return err(`timeToLiveSeconds must be a whole number from 1 to ${SECONDS_MAX}.`);
  }
  return ok({
    name,
    ...job,
    ...(found === undefined ? {} : { size: found.value.name }),
    ...(seconds === undefined ? {} : { timeToLiveSeconds: seconds }),
  });
}

function scheduleProblem(schedule: unknown): string | undefined {
  if (typeof schedule !== 'string') return 'schedule is missing: it must be a text such as "*/10 * * * *" or "@daily".';
  if (schedule.length > 200) return 'schedule must not be longer than 200 characters.';
  const parsed = parseSchedule(schedule);
  return parsed.ok ? undefined : `schedule ${shown(schedule)}: ${parsed.error}`;
}

function timezoneProblem(timezone: unknown): string | undefined {
  if (typeof timezone === 'string' && isTimeZone(timezone)) return undefined;
  const given = typeof timezone === 'string' ? ` ${shown(timezone)}` : '';
  return `timezone${given} is not known: use a name such as "Europe/Berlin" or "UTC".`;
}

function commandProblem(command: unknown): string | undefined {
  if (typeof command !== 'string' || command.trim() === '') return 'command is missing: it must be a text.';
  if (command.length > COMMAND_LENGTH_MAX) return `command must not be longer than ${COMMAND_LENGTH_MAX} characters.`;
  return command.includes('\0') ? 'command must not contain a null byte.' : undefined;
}

/** Does not depend on the order of entries: it identifies a job from release to release. */
function nameOf(command: string): string {
  const words = command.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return words.slice(0, 63).replace(/^-+|-+$/g, '') || 'job';
}

function isSeconds(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= SECONDS_MAX;
}

function isOneOf<T extends string>(values: readonly T[], value: unknown): value is T {
  return (values as readonly unknown[]).includes(value);
}

const shown = (text: string) => JSON.stringify(text.slice(0, 60));
