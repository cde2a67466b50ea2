import type { LogSession } from '../../../client/shapes.ts';
import { type Check, proven, refuted } from '../check.ts';
import { APP } from '../deploy-app.ts';
import { eventually, type World } from '../world.ts';

export const logs: Check = {
  name: 'logs',
  proves: "what a dyno on a machine prints arrives by Docker's fluentd driver",
  how: 'a log session, until it has what web.1 printed when it started',
  run: async (world) => {
    const line = await logLine(world, /^.*app\[web\.1\]: Listening on .*$/m, 3);
    return line === undefined ? refuted('the log has no line of web.1') : proven(line);
  },
};

/** Finds a line in the app's log, also if it arrives later. */
export function logLine(world: World, wanted: RegExp, boundMinutes: number): Promise<string | undefined> {
  return eventually(world, `${wanted} in the log`, boundMinutes, async () => {
    const session = await world.api.call<LogSession>('POST', `/apps/${APP}/log-sessions`, { lines: 1_500 });
    const text = await (await fetch(session.logplex_url)).text();
    return wanted.exec(text)?.[0];
  });
}
