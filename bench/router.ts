import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startRouterProcess } from '../services/router/supervise.ts';
import { median, ms } from './figures.ts';

const ROUNDS = 3;
const ROUND_MS = 2_000;
const CONNECTIONS = 64;
const HOST = 'bench.localhost';

interface Load {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Requests per second through the router, through nginx and directly to the same upstream, in turns within one run. */
export async function benchRouter(): Promise<void> {
  const upstream = script('fast-upstream.ts');
  const upstreamPort = Number(await firstLine(upstream));
  let logLines = 0;
  const router = await startRouterProcess({
    host: '127.0.0.1',
    port: 0,
    onLogLines: (lines) => {
      logLines += lines.length;
    },
    problems: { report: (text) => console.error(text) },
  });
  router.feed.publish({
    appId: 'bench',
    appName: 'bench',
    version: 1,
    hosts: [HOST],
    maintenance: false,
    situation: 'serving',
    dynos: [{ name: 'web.1', dynoId: 'bench', host: '127.0.0.1', port: upstreamPort }],
  });
  const nginx = await startNginx(upstreamPort);
  const nodeProxy = script('node-http-proxy.ts', `${upstreamPort}`);
  const targets = [
    { name: 'direct', port: upstreamPort, loads: [] as Load[] },
    { name: 'router', port: router.port, loads: [] as Load[] },
    { name: 'proxy of node:http', port: Number(await firstLine(nodeProxy)), loads: [] as Load[] },
    ...(nginx === undefined ? [] : [{ name: 'nginx', port: nginx.port, loads: [] as Load[] }]),
  ];
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const target of targets) target.loads.push(await load(target.port));
    }
  } finally {
    await router.close(0);
    nginx?.stop();
    nodeProxy.kill('SIGKILL');
    upstream.kill('SIGKILL');
  }
  print(targets);
  console.log(`log lines written meanwhile: ${logLines}`);
}

function print(targets: readonly { readonly name: string; readonly loads: readonly Load[] }[]): void {
  const rates = new Map(targets.map(({ name, loads }) => [name, median(loads.map((each) => each.perSecond))]));
  console.log(
    `${'HTTP, 64 connections, 1 KB'.padEnd(34)}${'requests/s'.padEnd(14)}${'p50'.padEnd(11)}${'p99'.padEnd(11)}${'× direct'.padEnd(12)}× nginx`,
  );
  for (const { name, loads } of targets) {
    const rate = rates.get(name) ?? 0;
    const against = (other: string): string => (rate / (rates.get(other) ?? Number.NaN)).toFixed(2);
    const p50 = ms(median(loads.map((each) => each.p50Ms)));
    const p99 = ms(median(loads.map((each) => each.p99Ms)));
    console.log(
      `${name.padEnd(34)}${rate.toFixed(0).padEnd(14)}${p50.padEnd(11)}${p99.padEnd(11)}${against('direct').padEnd(12)}${rates.has('nginx') ? against('nginx') : '-'}`,
    );
  }
}

async function load(port: number): Promise<Load> {
  const child = script('http-load.ts', `${port}`, HOST, `${CONNECTIONS}`, `${ROUND_MS}`);
  return JSON.parse(await firstLine(child)) as Load;
}

function script(name: string, ...parameters: string[]): ChildProcess {
  const file = fileURLToPath(new URL(name, import.meta.url));
  return spawn(process.execPath, ['--import', 'tsx', file, ...parameters], { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function firstLine(child: ChildProcess): Promise<string> {
  const [line] = (await once(child.stdout ?? child, 'data')) as [Buffer];
  return line.toString().trim();
}

/** The same work as ours: one worker, keep-alive on both sides, an access log. */
async function startNginx(upstreamPort: number): Promise<{ port: number; stop(): void } | undefined> {
  try {
    await promisify(execFile)('nginx', ['-v']);
  } catch {
    console.log('nginx is not installed: its column is skipped.');
    return undefined;
  }
  const port = await freePort();
  const directory = mkdtempSync(path.join(tmpdir(), 'dynoform-bench-'));
  const configuration = path.join(directory, 'nginx.conf');
  writeFileSync(
    configuration,
    `worker_processes 1; daemon off; pid ${directory}/pid; error_log stderr crit;
events { worker_connections 4096; }
http {
  access_log ${directory}/access.log combined buffer=64k flush=1s;
  keepalive_requests 1000000000;
  upstream dyno { server 127.0.0.1:${upstreamPort}; keepalive 256; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://dyno;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Request-Id $request_id;
    }
  }
}
`,
  );
  const child = spawn('nginx', ['-c', configuration, '-p', directory], { stdio: ['ignore', 'ignore', 'inherit'] });
  return {
    port,
    stop() {
      child.kill('SIGTERM');
      child.once('exit', () => rmSync(directory, { recursive: true, force: true }));
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await benchRouter();
