import type { DynoSpec } from '../../../core/ports/dyno-runtime.ts';
import type { LogIntake } from '../../../core/ports/logs.ts';
import type { OutputStreams } from '../../../core/ports/output-streams.ts';
import type { LogLine } from '../../../core/records/log-line.ts';
import { logTimestamp } from '../../../core/time.ts';
import type { OutputEntry } from './messages.ts';

/** Passes lines that a dyno wrote on to the app's log, and to the stream of a release phase. */
export function appendOutput(
  { logs, outputs }: { readonly logs: LogIntake; readonly outputs: OutputStreams },
  spec: Pick<DynoSpec, 'appId' | 'name' | 'logged' | 'outputStreamId'>,
  entries: readonly OutputEntry[],
): void {
  const { appId, name } = spec;
  const lines = entries.map(([atMs, what]): LogLine => {
    if (typeof what === 'string') return { appId, atMs: Math.trunc(atMs), source: 'app', process: name, message: what };
    const message = `Error L12: ${what} messages dropped since ${logTimestamp(Math.trunc(atMs))}.`;
    return { appId, atMs: Date.now(), source: 'app', process: 'log-shuttle', message };
  });
  if (spec.logged) logs.append(lines);
  if (spec.outputStreamId === undefined) return;
  outputs.append(spec.outputStreamId, lines.map(({ message }) => `${message}\n`).join(''));
}
