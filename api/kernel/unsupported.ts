import * as z from 'zod';

const UNSUPPORTED = { unsupported: true };

/**
 * A field of Heroku's API that nothing here reads. It is refused by its name, because a client that asks for a private app must
 * not get a public one. `asIs` are the values that ask for what is the case anyway.
 */
export function unsupported(asIs: readonly unknown[] = [null, false]) {
  return z
    .unknown()
    .refine((value) => value === undefined || asIs.includes(value), { params: UNSUPPORTED })
    .optional();
}

export function isUnsupported(issue: z.core.$ZodIssue): boolean {
  return issue.code === 'custom' && issue.params === UNSUPPORTED;
}
