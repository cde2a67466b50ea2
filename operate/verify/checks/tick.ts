import { DescribeLogStreamsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { type Check, proven, refuted } from '../check.ts';
import { STAGE } from '../stage.ts';
import { eventually } from '../world.ts';

export const tick: Check = {
  name: 'tick',
  proves: 'EventBridge drives the tick each minute',
  how: 'two events, a minute apart, in the log of the function',
  run: async (world) => {
    const last = async (): Promise<number | undefined> => {
      const logGroupName = `/dynoform/${STAGE}/tick`;
      const asked = { logGroupName, orderBy: 'LastEventTime', descending: true, limit: 1 } as const;
      const { logStreams } = await world.account.logs.send(new DescribeLogStreamsCommand(asked));
      return logStreams?.[0]?.lastEventTimestamp;
    };
    const first = await eventually(world, 'a tick', 5, last);
    if (first === undefined) return refuted('the function has never logged');
    const second = await eventually(world, 'the next tick', 5, async () => {
      const now = await last();
      return now !== undefined && now > first + 30_000 ? now : undefined;
    });
    return second === undefined
      ? refuted(`the last one was at ${new Date(first).toISOString()}`)
      : proven(`at ${new Date(first).toISOString()} and ${new Date(second).toISOString()}`);
  },
};
