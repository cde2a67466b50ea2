import { check, count, list, type Shape, shaped, text } from '../dyno-manager/observe/record-check.ts';

const JOB: Shape = { name: text, schedule: text, timezone: text, command: text, overlap: text, catchUp: text };
const STATE: Shape = {
  appId: text,
  slugId: text,
  job: shaped(JOB),
  nextRunAtMs: count,
  backlog: (value) => list(value) && (value as readonly unknown[]).every(count),
};

/** Throws: a job that cannot be read, or that a newer platform wrote, is neither run nor written over. */
export const checkJobState = (record: unknown): void => check('job', STATE, record);
