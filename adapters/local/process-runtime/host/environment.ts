import type { StartOrder } from '../messages.ts';

/** Heroku's base `PATH`; config vars and profile scripts may change it. */
const BASE_PATH = '/usr/local/bin:/usr/bin:/bin';

/**
 * The whole environment of a dyno's first process; nothing comes from the platform's own. The machine's Node follows the base
 * path: an embedded dyno has no base image, so a slug without its own Node runs with this one.
 */
export function dynoEnvironment(
  order: Pick<StartOrder, 'name' | 'environment' | 'size'>,
  dyno: { readonly home: string; readonly temporary: string; readonly port: number; readonly nodeDirectory: string },
): Record<string, string> {
  return {
    PATH: `${BASE_PATH}:${dyno.nodeDirectory}`,
    // In MiB; buildpacks derive worker counts and heap sizes from it where no cgroup file shows them.
    MEMORY_AVAILABLE: String(order.size.memoryMiB),
    ...order.environment,
    PORT: String(dyno.port),
    DYNO: order.name,
    HOME: dyno.home,
    PWD: dyno.home,
    TMPDIR: dyno.temporary,
  };
}
