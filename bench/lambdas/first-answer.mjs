// A fresh process: loads a bundle, lets it answer once, and prints how long both took together.
import { performance } from 'node:perf_hooks';

const [, , bundle, event] = process.argv;
const { handler } = await import(bundle);
const answer = await handler(JSON.parse(event), { awsRequestId: 'bench', getRemainingTimeInMillis: () => 30_000 });
const sinceStartMs = performance.now();
const { user, system } = process.cpuUsage();
process.stdout.write(JSON.stringify({ status: answer.statusCode, sinceStartMs, cpuMs: (user + system) / 1_000 }));
process.exit(0);
