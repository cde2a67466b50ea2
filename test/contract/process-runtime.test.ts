import { openWorkbench } from '../adapters/process-runtime/workbench.ts';
import { dynoRuntimeContract } from './dyno-runtime.contract.ts';

/** Long enough for a stop to come before it, on a busy machine too. */
const ATTACH_TIMEOUT_MS = 2_000;

/** Processes are found by control group where limits hold, and by their environment where they do not. */
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
