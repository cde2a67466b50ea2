import type { Dyno } from '../../../client/shapes.ts';
import { type Check, proven, refuted } from '../check.ts';
import { APP } from '../deploy-app.ts';
import { eventually } from '../world.ts';
import { dynoTasks } from './dyno-tasks.ts';
import { logLine } from './logs.ts';

const WORD = 'dedicated-of-verify';

export const dedicated: Check = {
  name: 'dedicated',
  proves: 'a Performance dyno runs on Fargate with a network interface of its own, and logs by FireLens',
  how: 'a one-off dyno of the size performance-m, which prints a word',
  run: async (world) => {
    const dyno = await world.api.call<Dyno>('POST', `/apps/${APP}/dynos`, {
      command: `echo ${WORD}; sleep 600`,
      size: 'performance-m',
      attach: false,
    });
    try {
      const task = await eventually(world, `${dyno.name} to run`, 10, async () => (await dynoTasks(world, 'run'))[0]);
      if (task === undefined) return refuted(`${dyno.name} does not run`);
      const network = task.attachments?.find(({ type }) => type === 'ElasticNetworkInterface')?.details;
      const address = network?.find(({ name }) => name === 'privateIPv4Address')?.value;
      if (address === undefined)
        return refuted(`${dyno.name} runs on ${task.launchType} without an interface of its own`);
      const line = await logLine(world, new RegExp(`^.*app\\[${dyno.name}\\]: ${WORD}$`, 'm'), 5);
      if (line === undefined) return refuted(`${dyno.name} has the address ${address}, but the log has no line of it`);
      return proven(`${dyno.name} has the address ${address}, and its output arrived`);
    } finally {
      await world.api.call('POST', `/apps/${APP}/dynos/${dyno.name}/actions/stop`);
    }
  },
};
