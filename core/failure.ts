/** Heroku's error ids; `api/kernel/errors.ts` has the table from id to HTTP status. */
export type FailureId =
  | 'bad_request'
  | 'unauthorized'
  | 'forbidden'
  | 'suspended'
  | 'not_found'
  | 'not_acceptable'
  | 'conflict'
  | 'gone'
  | 'precondition_failed'
  | 'payload_too_large'
  | 'requested_range_not_satisfiable'
  | 'invalid_params'
  | 'verification_required'
  | 'rate_limit'
  | 'internal_server_error'
  | 'maintenance';

/** An answer to the user: what is wrong, in which field, and what to do. Never contains a secret. */
export interface Failure {
  readonly id: FailureId;
  readonly message: string;
  /** Set on `not_found`: the missing noun, e.g. `app`. */
  readonly resource?: string;
  readonly url?: string;
}

/** `Couldn't find that app.` with `resource: "app"`, the form that clients match on. */
export function notFound(noun: string): Failure {
  return { id: 'not_found', message: `Couldn't find that ${noun}.`, resource: noun };
}

export function invalid(message: string): Failure {
  return { id: 'invalid_params', message };
}

/** For what Heroku has and this platform has not; clients show it as it is. */
export function notSupported(what: string): Failure {
  return invalid(`${what} is not supported by this platform.`);
}

export function conflict(message: string): Failure {
  return { id: 'conflict', message };
}
