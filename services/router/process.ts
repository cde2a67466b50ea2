/** The router's own process, so that the platform's work, such as starting fifty dynos, never delays a request. */
import { randomUUID } from 'node:crypto';
import { createLogBatches } from './log-batches.ts';
import type { FromRouter, ToRouter } from './messages.ts';
import { createRouter } from './router.ts';
import { HEROKU_TIMEOUTS, TIMEOUTS_BEHIND_PROXY } from './timeouts.ts';
import { createTraffic } from './traffic.ts';
import { trustedProxies } from './trusted-proxies.ts';

/** About 30 MB of lines. */
const WAITING_LINES_MAX = 100_000;

process.title = 'dynoform-router';

/** The CIDR blocks of the load balancer; empty: clients connect to this process. */
const proxyBlocks = process.argv.slice(2);

const logs = createLogBatches({
  waitingMax: WAITING_LINES_MAX,
  send: (lines, dropped, taken) => tell({ kind: 'log', lines, dropped }, taken),
});
const monotonicMs = () => Math.round(performance.now());
const router = createRouter({
  log: logs.add,
  now: Date.now,
  monotonicMs,
  traffic: createTraffic({ send: tell, monotonicMs }),
  random: Math.random,
  requestId: randomUUID,
  timeouts: proxyBlocks.length > 0 ? TIMEOUTS_BEHIND_PROXY : HEROKU_TIMEOUTS,
  trustedProxies: trustedProxies(proxyBlocks),
  onFault: (error) =>
    tell({ kind: 'problem', text: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
});

process.on('message', (message: ToRouter) => {
  switch (message.kind) {
    case 'listen':
      listen(message.host, message.port, message.tlsPort);
      break;
    case 'hold':
      router.hold();
      break;
    case 'open':
      router.open();
      break;
    case 'certificate':
      router.certificates.set(message.hostname, message.certificate);
      break;
    case 'no-certificate':
      router.certificates.remove(message.hostname);
      break;
    case 'fallback-certificate':
      router.certificates.setFallback(message.certificate);
      break;
    case 'update':
      for (const routes of message.routes) router.update(routes);
      break;
    case 'remove':
      for (const appId of message.appIds) router.remove(appId);
      break;
    case 'acknowledge':
      tell({ kind: 'taken', number: message.number });
      break;
    case 'close':
      router.close(message.graceMs).then(() => logs.end(() => process.disconnect()));
      break;
  }
});
// The platform is gone or has asked for it: no more routes come in, and no log lines can be sent.
process.on('disconnect', () => process.exit(0));
// Ctrl-C in the terminal signals the whole process group; the platform decides when the router ends.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});

/** TLS first: a client that finds the plain port open may rely on both. */
async function listen(host: string, port: number, tlsPort: number | undefined): Promise<void> {
  let asked = tlsPort ?? port;
  try {
    const chosenTls = tlsPort === undefined ? undefined : await router.listenTls(host, tlsPort);
    asked = port;
    const chosen = await router.listen(host, port);
    tell({ kind: 'listening', port: chosen, ...(chosenTls === undefined ? {} : { tlsPort: chosenTls }) });
  } catch (error) {
    const { code = 'UNKNOWN', message } = error as NodeJS.ErrnoException;
    tell({ kind: 'not-listening', port: asked, code, message });
  }
}

function tell(message: FromRouter, sent?: () => void): void {
  if (process.connected) process.send?.(message, () => sent?.());
}
