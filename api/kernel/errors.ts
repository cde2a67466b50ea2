import type { Failure, FailureId } from '../../core/failure.ts';

/** The HTTP status of each error id; no other code in `api/` chooses a status for a failure. */
export const STATUS_BY_FAILURE: Readonly<Record<FailureId, number>> = {
  bad_request: 400,
  unauthorized: 401,
  verification_required: 402,
  forbidden: 403,
  suspended: 403,
  not_found: 404,
  not_acceptable: 406,
  conflict: 409,
  gone: 410,
  precondition_failed: 412,
  payload_too_large: 413,
  requested_range_not_satisfiable: 416,
  invalid_params: 422,
  rate_limit: 429,
  internal_server_error: 500,
  maintenance: 503,
};

/** Heroku's message, whether the path is unknown or only the method. */
export const UNKNOWN_ENDPOINT: Failure = {
  id: 'not_found',
  message:
    'The requested API endpoint was not found. Are you using the right HTTP verb (i.e. `GET` vs. `POST`), and did you specify your intended version with the `Accept` header?',
};

export const UNAUTHORIZED: Failure = { id: 'unauthorized', message: 'Invalid credentials provided.' };

export const OUT_OF_QUOTA: Failure = {
  id: 'rate_limit',
  message: 'Your account reached the API rate limit\nPlease wait a few minutes before making new requests',
  url: 'https://devcenter.heroku.com/articles/platform-api-reference#rate-limits',
};

/** Does not name the cause, which is in the operator's log under the same Request-Id. */
export const INTERNAL_ERROR: Failure = {
  id: 'internal_server_error',
  message: 'Internal server error. Try again, and give the Request-Id of this answer when you ask for help.',
};
