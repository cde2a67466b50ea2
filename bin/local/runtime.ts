import { startDockerRuntime } from '../../adapters/local/docker-runtime/docker-runtime.ts';
import type { HostedRuntime } from '../../adapters/local/dynos/hosted-runtime.ts';
import {
  type ProcessRuntimeOptions,
  startProcessRuntime,
} from '../../adapters/local/process-runtime/process-runtime.ts';
import type { RuntimeChoice } from './options.ts';

/** Opens the runtime that the user chose. */
export const openRuntime = (
  choice: RuntimeChoice,
  parts: Pick<ProcessRuntimeOptions, 'dataDirectory' | 'blobs' | 'outputs' | 'logs' | 'problems'>,
): Promise<HostedRuntime> =>
  choice.kind === 'process' ? startProcessRuntime(parts) : startDockerRuntime({ ...parts, image: choice.image });
