import { duplexPair } from 'node:stream';
import type { AttachedDyno } from '../../../client/shapes.ts';
import { linkRendezvous } from '../../../services/bridge/rendezvous-link.ts';
import { type Check, proven, refuted } from '../check.ts';
import { APP } from '../deploy-app.ts';
import { eventually, type World } from '../world.ts';

const WORD = 'terminal-of-verify';

export const terminal: Check = {
  name: 'terminal',
  proves: "a terminal's WebSocket passes the load balancer, and a dyno reaches the rendezvous",
  how: 'an attached one-off dyno that prints a word',
  run: async (world) => {
    const output = await attached(world, `echo ${WORD}`);
    return output === undefined ? refuted('the word did not arrive') : proven('the word arrived');
  },
};

export const idle: Check = {
  name: 'idle',
  proves: 'the load balancer leaves a silent connection open for longer than its default of 60 seconds',
  how: 'an attached one-off dyno that is silent for 75 seconds, and then prints a word',
  run: async (world) => {
    const output = await attached(world, `sleep 75; echo ${WORD}`);
    return output === undefined ? refuted('the connection did not last') : proven('the word arrived after 75 seconds');
  },
};

/** The command's output, if it contains the word. */
async function attached(world: World, command: string): Promise<string | undefined> {
  const dyno = await world.api.call<AttachedDyno>('POST', `/apps/${APP}/dynos`, { command, attach: true });
  const [ours, theirs] = duplexPair();
  let output = '';
  ours.on('data', (chunk) => {
    output += chunk;
  });
  const remote = { api: new URL(world.apiUrl), services: new URL(world.servicesUrl) };
  const linked = linkRendezvous(remote, theirs);
  ours.write(`${new URL(dyno.attach_url).pathname.slice(1)}\r\n`);
  try {
    return await eventually(world, 'the terminal', 10, async () => (output.includes(`${WORD}`) ? output : undefined));
  } finally {
    ours.destroy();
    await linked;
  }
}
