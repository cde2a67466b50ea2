/** The operator's log: what is wrong with the platform itself. Users of an app can neither see nor repair it. */
export interface Problems {
  /**
   * One line, written at once. `problem` says what failed and what happens next, without a secret (docs/words.md); `cause` is the
   * error, of which the adapters keep what describes it.
   */
  report(problem: string, cause?: unknown, about?: ProblemSubject): void;
}

/** What the line is about, so that the operator finds all lines about it. */
export interface ProblemSubject {
  readonly appId?: string;
  /** The platform's own id of a request: the first of the answer's `Request-Id` header. */
  readonly requestId?: string;
}
