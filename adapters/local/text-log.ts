import type { Problems } from '../../core/ports/problems.ts';

export interface TextLogOptions {
  readonly nowMs: () => number;
  readonly write: (line: string) => void;
}

/** One problem is one line for a terminal, followed by the stack of its cause. */
export const createTextLog = ({ nowMs, write }: TextLogOptions): Problems => ({
  report(problem, cause, { appId, requestId } = {}) {
    const app = appId === undefined ? '' : `app ${appId}: `;
    const request = requestId === undefined ? '' : `request ${requestId}: `;
    write(`${new Date(nowMs()).toISOString()} ${app}${request}${problem}${described(cause)}\n`);
  },
});

function described(cause: unknown): string {
  if (cause === undefined) return '';
  return `: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`;
}
