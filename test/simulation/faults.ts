/** The calls that the platform's processes make. */
export type Call = 'get' | 'list' | 'due' | 'transact' | 'start' | 'stop' | 'observe';

/** What may go wrong with one call. */
export type CallFault =
  | 'fails-before'
  /** Done, but the caller gets an error. */
  | 'fails-after'
  /** The caller's process ends, and the call is not made. */
  | 'dies-before'
  /** The caller's process ends, and the call takes effect. */
  | 'dies-after'
  /** Takes effect, and answers, many seconds later. */
  | 'late'
  /** RunTask: no room now. The same token gets the same answer. */
  | 'refused'
  /** RunTask: will never work. */
  | 'refused-for-good'
  /** RunTask is accepted, but the task cannot be read for a while. */
  | 'hidden'
  /** Some tasks cannot be read. */
  | 'partial'
  /** Some tasks twice: as they are and as they were. */
  | 'mixed'
  /** Throttled. For RunTask also: nothing was started, and the token was not used. */
  | 'throttled'
  /** Tasks as they were before their last change; or an index that lags. */
  | 'stale';

export interface ArmedFault {
  call: Call;
  what: CallFault;
  /** This many calls succeed first. */
  skip: number;
  times: number;
}

const COMMON: readonly CallFault[] = ['fails-before', 'dies-before', 'late'];
const CHANGING: readonly CallFault[] = [...COMMON, 'fails-after', 'dies-after'];

export const CALL_FAULTS: Readonly<Record<Call, readonly CallFault[]>> = {
  get: COMMON,
  list: COMMON,
  due: ['fails-before', 'stale'],
  transact: CHANGING,
  start: [...CHANGING, 'refused', 'refused-for-good', 'hidden', 'throttled', 'throttled'],
  stop: CHANGING,
  observe: [...COMMON, 'partial', 'partial', 'stale', 'mixed'],
};

export const isFaultOf = (call: Call, fault: CallFault): boolean => CALL_FAULTS[call].includes(fault);
