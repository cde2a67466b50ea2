import type { Problems } from '../core/ports/problems.ts';

/** Keeps the text of each problem in `texts`. */
export const problemsTo = (texts: string[]): Problems => ({ report: (problem) => texts.push(problem) });

export const IGNORED_PROBLEMS: Problems = { report: () => undefined };
