import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { mayRun } from '../bin/no-options.ts';
import type { Dyno } from '../client/shapes.ts';
import { answered, bareSpawn, request } from './bare-spawn.ts';
import { median, ms, quantile, row } from './figures.ts';
import { LocalPlatform } from './local-platform.ts';
import { ProbeCollector, probeSource } from './probe-app.ts';
import { push, pushFiles } from './push-files.ts';
import { benchRouter } from './router.ts';

/**
 * `npm run bench`: figures of the embedded platform next to a floor from the same run. Ratios compare across machines; milliseconds
 * do not. `--short`: medians of fewer rounds.
 */
const ROUNDS = process.argv.includes('--short') ? 3 : 5;

if (
  !mayRun(
    process.argv.slice(2).filter((word) => word !== '--short'),
    'Usage: npm run bench [-- --short]. Benchmarks of the platform on this machine, next to a baseline of the same run; about two minutes, --short less.\n',
  )
)
  process.exit();
const collector = new ProbeCollector();
const reportPort = await collector.open();
const platform = new LocalPlatform();
await platform.start();

try {
  await platform.api.createApp('bench');
  const source = pushFiles(platform, 'bench', {
    'probe.js': probeSource(reportPort),
    Procfile: 'web: node probe.js\nidle: sleep 1000\n',
  });
  await collector.reports(1);
  console.log(`Node.js ${process.versions.node}, medians of ${ROUNDS} rounds`);
  row('', 'dynoform', 'baseline', 'ratio', 'target');
  for (const count of [10, 50]) await benchScale(source, count);
  await benchKill(source);
  await benchPush(source);
  await benchFormation();
} finally {
  await platform.stop();
  collector.close();
}
await benchRouter();

/** 0→N until every dyno listens, the API says `up` and the router answers; against bare spawn until all answer. */
async function benchScale(source: string, count: number): Promise<void> {
  const ours: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await scaleToZero();
    bare.push(await bareSpawn(path.join(source, 'probe.js'), count, collector));
    collector.clear();
    const startedMs = performance.now();
    await scale(count);
    await collector.reports(count);
    await allUp(count);
    await answered(platform.appUrl('bench'));
    ours.push(performance.now() - startedMs);
  }
  const ratio = median(ours) / median(bare);
  row(
    `scale 0→${count}, all serving`,
    ms(median(ours)),
    `bare spawn ${ms(median(bare))}`,
    `× ${ratio.toFixed(2)}`,
    count === 10 ? '≤ 1.15' : '',
  );
}

/** kill -9 of the only web dyno until its replacement answers through the router; against one bare boot. */
async function benchKill(source: string): Promise<void> {
  const ours: number[] = [];
  const boot: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    // A fresh start resets the crash count, so that each round is a first crash, after which the dyno restarts at once.
    await scaleToZero();
    boot.push(await bareSpawn(path.join(source, 'probe.js'), 1, collector));
    collector.clear();
    await scale(1);
    const pid = await answered(platform.appUrl('bench'));
    await allUp(1);
    const startedMs = performance.now();
    process.kill(Number(pid), 'SIGKILL');
    for (;;) {
      const answer = await request(platform.appUrl('bench'));
      if (answer?.status === 200 && answer.body !== pid) break;
      await sleep(1);
    }
    ours.push(performance.now() - startedMs);
  }
  const over = median(ours) - median(boot);
  row('kill -9 → serving again', ms(median(ours)), `bare boot ${ms(median(boot))}`, `+ ${ms(over)}`, 'boot + 100 ms');
}

/** From `git push` until the new code answers. */
async function benchPush(source: string): Promise<void> {
  await scale(1);
  const pushed: number[] = [];
  const serving: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const old = await answered(platform.appUrl('bench'));
    execFileSync('git', ['commit', '-q', '--allow-empty', '-m', `Round ${round}`], { cwd: source });
    const startedMs = performance.now();
    push(platform, 'bench', source);
    pushed.push(performance.now() - startedMs);
    for (;;) {
      const answer = await request(platform.appUrl('bench'));
      if (answer?.status === 200 && answer.body !== old) break;
      await sleep(1);
    }
    serving.push(performance.now() - startedMs);
  }
  row(
    'git push → serving',
    ms(median(serving)),
    `git push alone ${ms(median(pushed))}`,
    `+ ${ms(median(serving) - median(pushed))}`,
    '',
  );
}

/** The API's answer while each change really starts or stops a dyno. */
async function benchFormation(): Promise<void> {
  const read: number[] = [];
  const changed: number[] = [];
  for (let index = 0; index < 300; index += 1) {
    changed.push(
      await timed(() =>
        platform.api.call('PATCH', '/apps/bench/formation', { updates: [{ type: 'idle', quantity: index % 3 }] }),
      ),
    );
    read.push(await timed(() => platform.api.call('GET', '/apps/bench/formation')));
  }
  row(
    'PATCH formation p50',
    ms(median(changed)),
    `GET ${ms(median(read))}`,
    `× ${(median(changed) / median(read)).toFixed(2)}`,
    '',
  );
  row('PATCH formation p99', ms(quantile(changed, 0.99)), `GET ${ms(quantile(read, 0.99))}`, '', '≤ 10 ms');
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

async function scale(quantity: number): Promise<void> {
  await platform.api.call('PATCH', '/apps/bench/formation', { updates: [{ type: 'web', quantity }] });
}

async function scaleToZero(): Promise<void> {
  await scale(0);
  while ((await dynos()).length > 0) await sleep(10);
  while ((await request(platform.appUrl('bench')))?.status === 200) await sleep(10);
  // The stopped dynos' processes end later than their records.
  await sleep(500);
}

async function allUp(count: number): Promise<void> {
  for (;;) {
    const listed = await dynos();
    if (listed.length === count && listed.every((dyno) => dyno.state === 'up')) return;
    await sleep(5);
  }
}

function dynos(): Promise<readonly Dyno[]> {
  return platform.api.call('GET', '/apps/bench/dynos');
}
