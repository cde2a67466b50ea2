import type { Duplex } from 'node:stream';
import { startDockerRuntime } from '../../adapters/local/docker-runtime/docker-runtime.ts';
import { startProcessRuntime } from '../../adapters/local/process-runtime/process-runtime.ts';
import type { Blobs, DynoRuntime, LogIntake, OutputStreams } from '../../core/ports.ts';
import type { RuntimeChoice } from './options.ts';

export interface LocalRuntime extends DynoRuntime {
  /** One sentence: which limits of a dyno size hold on this machine. */
  readonly limits: string;
  /** The streams of an attached one-off that waits for its client. */
  attach(dynoId: string): Duplex | undefined;
  close(options: { readonly graceSeconds: number }): Promise<void>;
}

export interface OpenedRuntime {
  readonly runtime: LocalRuntime;
  /** Output streams that dynos of an earlier platform still write to: only containers outlive a platform. */
  readonly growingOutputs: ReadonlySet<string>;
}

export async function openRuntime(
  choice: RuntimeChoice,
  parts: {
    readonly dataDirectory: string;
    readonly blobs: Blobs;
    readonly outputs: OutputStreams;
    readonly logs: LogIntake;
    readonly report: (message: string) => void;
  },
): Promise<OpenedRuntime> {
  if (choice.kind === 'process') return { runtime: await startProcessRuntime(parts), growingOutputs: new Set() };
  const runtime = await startDockerRuntime({ ...parts, image: choice.image });
  return { runtime, growingOutputs: runtime.growingOutputs() };
}
