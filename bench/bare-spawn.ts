import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../test/free-ports.ts';
import type { ProbeCollector } from './probe-app.ts';

/** The floor: only `child_process.spawn` of the same program. Returns the milliseconds until all answered a request. */
export async function bareSpawn(script: string, count: number, collector: ProbeCollector): Promise<number> {
  const ports = await freePorts(count);
  collector.clear();
  const startedMs = performance.now();
  const children = ports.map((port, index) =>
    spawn(process.execPath, [script], {
      env: { PATH: process.env.PATH, PORT: String(port), DYNO: `bare.${index}` },
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );
  await collector.reports(count);
  await Promise.all(ports.map((port) => answered(`http://127.0.0.1:${port}/`)));
  const elapsedMs = performance.now() - startedMs;
  await Promise.all(children.map(ended));
  return elapsedMs;
}

async function ended(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

/** Returns the body of the first 200. */
export async function answered(url: string): Promise<string> {
  for (;;) {
    const answer = await request(url);
    if (answer?.status === 200) return answer.body;
    await sleep(2);
  }
}

/**
 * Undefined when nothing answered. Uses a new connection, so that no pool hides a restart, and the address, because not every
 * resolver knows that *.localhost is this machine.
 */
export function request(url: string): Promise<{ status: number; body: string } | undefined> {
  const { host, port } = new URL(url);
  return new Promise((resolve) => {
    get({ host: '127.0.0.1', port, headers: { host }, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      response.on('error', () => resolve(undefined));
    }).on('error', () => resolve(undefined));
  });
}
