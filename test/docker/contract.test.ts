import { dynoRuntimeContract } from '../contract/dyno-runtime.contract.ts';
import { Workbench } from './workbench.ts';

const ATTACH_TIMEOUT_MS = 1_000;

/** Dynos are reached at their own address if this machine can reach Docker's networks, otherwise at a published port. */
describe.each([{ reach: 'container' }, { reach: 'loopback' }] as const)('reach: $reach', (options) => {
  dynoRuntimeContract('the Docker runtime', async () => {
    const bench = await Workbench.open({ ...options, timing: { attachTimeoutMs: ATTACH_TIMEOUT_MS } });
    return {
      runtime: bench.runtime,
      slug: await bench.slug({ 'hello.txt': 'hello' }),
      lines: bench.lines,
      close: () => bench.close(),
    };
  });
});
