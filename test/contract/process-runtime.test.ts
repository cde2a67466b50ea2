import { openWorkbench } from '../adapters/process-runtime/workbench.ts';
import { dynoRuntimeContract } from './dyno-runtime.contract.ts';

/** Long enough for a stop to come first, on a busy machine too. */
const ATTACH_TIMEOUT_MS = 2_000;

/** With limits, processes are found by control group; without, by their environment. */
describe.each([{ enforceLimits: true }, { enforceLimits: false }])('enforceLimits: $enforceLimits', (options) => {
  dynoRuntimeContract('the process runtime', async () => {
    const bench = await openWorkbench({ ...options, timing: { attachTimeoutMs: ATTACH_TIMEOUT_MS } });
    return {
      runtime: bench.runtime,
      slug: await bench.slug({ 'hello.txt': 'hello' }),
      lines: bench.lines,
      close: bench.close,
    };
  });
});
