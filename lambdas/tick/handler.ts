import type { Problems } from '../../core/ports/problems.ts';
import { deadlineMs, type RemainingTime } from '../deadline.ts';

export interface TickPart {
  readonly name: string;
  run(deadlineMs: number): Promise<void>;
}

export interface TickParts {
  readonly parts: readonly TickPart[];
  readonly nowMs: () => number;
  readonly problems: Problems;
  flush(): Promise<void>;
}

/**
 * Once a minute: everything that is due. Its parts are independent: one that fails or takes too long neither stops nor delays
 * another, and what it left is still due a minute later.
 */
export function createHandler({ parts, nowMs, problems, flush }: TickParts) {
  return async (_event: unknown, context: RemainingTime): Promise<void> => {
    const untilMs = deadlineMs(context, nowMs());
    const failed: string[] = [];
    const run = async ({ name, run }: TickPart): Promise<void> => {
      try {
        await inTime(run(untilMs), untilMs - nowMs());
      } catch (error) {
        failed.push(name);
        problems.report(`${name} failed`, error);
      }
    };
    await Promise.all(parts.map(run));
    await flush();
    // Counts as an error of the function, for its alarm.
    if (failed.length > 0) throw new Error(`parts of the tick failed: ${failed.join(', ')}`);
  };
}

async function inTime(work: Promise<void>, leftMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('not finished in time')), Math.max(0, leftMs));
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
