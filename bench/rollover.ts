import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { mayRun } from '../bin/no-options.ts';
import type { Dyno } from '../client/shapes.ts';
import { LocalPlatform } from './local-platform.ts';
import { makeCyclesDue } from './make-due.ts';
import { LOADED_APP, PacedLoad, request } from './paced-load.ts';
import { pushFiles } from './push-files.ts';

/**
 * `npm run bench:rollover`: how many requests fail while dynos are replaced under load. Takes about four minutes: a preboot
 * deploy keeps both generations for three minutes.
 */
const WEB =
  'require("node:http").createServer((q, r) => r.end(process.env.VALUE ?? "first")).listen(process.env.PORT);';

if (
  !mayRun(
    process.argv.slice(2),
    'Usage: npm run bench:rollover. How many requests fail while dynos are replaced; about four minutes.\n',
  )
)
  process.exit();
const platform = new LocalPlatform();
await platform.start();
try {
  await platform.api.createApp(LOADED_APP);
  pushFiles(platform, LOADED_APP, { Procfile: 'web: node web.js\n', 'web.js': WEB });
  await platform.api.call('PATCH', '/apps/busy/formation', { updates: [{ type: 'web', quantity: 3 }] });
  await allUp();

  console.log(`${'while'.padEnd(34)}${'requests'.padEnd(12)}${'failed'.padEnd(10)}requests/s`);
  await measure('nothing changes', () => sleep(5_000));
  await measure('heroku ps:restart', async () => {
    await platform.api.call('DELETE', '/apps/busy/dynos');
    await sleep(10_000);
  });
  await measure('all dynos are cycled', async () => {
    const before = await dynos();
    const { id } = await platform.api.app('busy');
    await makeCyclesDue(platform.dataDirectory, id);
    // The sweep finds it within a minute.
    while ((await dynos()).some((dyno) => dyno.state !== 'up' || before.some(({ id: old }) => old === dyno.id))) {
      await sleep(100);
    }
    await sleep(5_000);
  });
  await platform.api.call('PATCH', '/apps/busy/features/preboot', { enabled: true });
  await measure('config:set with preboot', async () => {
    await platform.api.call('PATCH', '/apps/busy/config-vars', { VALUE: 'second' });
    while ((await answer()) !== 'second') await sleep(500);
    await sleep(5_000);
  });
} finally {
  await platform.stop();
}

async function measure(what: string, work: () => Promise<void>): Promise<void> {
  const load = new PacedLoad(platform.routerPort);
  const startedMs = performance.now();
  await work();
  const { requests, failures } = await load.end();
  const perSecond = requests / ((performance.now() - startedMs) / 1_000);
  const failed = [...failures].map(([kind, count]) => `${count} × ${kind}`).join(', ') || '0';
  console.log(`${what.padEnd(34)}${String(requests).padEnd(12)}${failed.padEnd(10)}${perSecond.toFixed(0)}`);
}

function dynos(): Promise<readonly Dyno[]> {
  return platform.api.call('GET', '/apps/busy/dynos');
}

async function allUp(): Promise<void> {
  for (;;) {
    const listed = await dynos();
    if (listed.length === 3 && listed.every((dyno) => dyno.state === 'up')) return;
    await sleep(50);
  }
}

async function answer(): Promise<string> {
  const agent = new Agent();
  const { body } = await request(platform.routerPort, agent);
  agent.destroy();
  return body;
}
