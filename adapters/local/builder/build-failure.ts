/** Why a build failed: one line for the build's record, and the lines for the pusher. */
export interface BuildFailure {
  readonly message: string;
  /** Written after ` !     `; absent: `message`. A line that begins with a space is written unchanged. */
  readonly lines?: readonly string[];
}
