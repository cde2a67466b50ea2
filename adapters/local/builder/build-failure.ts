/** Why a build failed: in one line for the build's record, and as the pusher reads it. */
export interface BuildFailure {
  readonly message: string;
  /** Written behind ` !     `; absent: `message`. A line that begins with a space is written as it is. */
  readonly lines?: readonly string[];
}
