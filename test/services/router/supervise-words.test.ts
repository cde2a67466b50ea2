import { RouterListenError, type RouterProcess, startRouterProcess } from '../../../services/router/supervise.ts';
import { eventually } from './harness.ts';

/**
 * A router process that reports every message, and behaves as the hosts of certificates and ports are named: a working router is
 * in supervise.test.ts.
 */
const PROGRAM = `
const tell = (message, sent) => process.connected && process.send(message, sent);
const note = (what, noted) => tell({ kind: 'problem', text: JSON.stringify(what) }, noted);
note({ arguments: process.argv.slice(2), environment: Object.keys(process.env).sort() });
process.on('message', (message) => {
  const exits = message.kind === 'no-certificate' && message.hostname === 'exit';
  note(message, exits ? () => process.exit(3) : undefined);
  if (message.kind === 'listen' && message.host === 'dies') process.exit(7);
  if (message.kind === 'listen' && message.host === 'refused')
    tell({ kind: 'not-listening', port: message.port, code: 'EACCES', message: 'permission denied' });
  else if (message.kind === 'listen')
    tell({ kind: 'listening', port: 4000, ...(message.tlsPort === undefined ? {} : { tlsPort: 4001 }) });
  if (message.kind === 'acknowledge') tell({ kind: 'taken', number: message.number });
  if (message.kind === 'no-certificate' && message.hostname === 'lines')
    tell({ kind: 'log', lines: [{ appId: 'a', atMs: 1, line: 'one' }, { appId: 'b', atMs: 2, line: 'two' }], dropped: 0 });
  if (message.kind === 'no-certificate' && message.hostname === 'dropped') tell({ kind: 'log', lines: [], dropped: 9 });
  if (message.kind === 'no-certificate' && message.hostname === 'wake') tell({ kind: 'wake', appId: 'a' });
  if (message.kind === 'close' && message.graceMs >= 0) process.exit(0);
});
process.on('SIGTERM', () => {});
process.on('disconnect', () => process.exit(0));
setInterval(() => {}, 1000);
`;
const FALLBACK = { key: 'key', cert: 'cert' };
const APP = {
  appId: 'a',
  appName: 'a',
  version: 1,
  hosts: [],
  maintenance: false,
  situation: 'blank',
  dynos: [],
} as const;

let router: RouterProcess | undefined;
afterEach(async () => {
  await router?.close(0);
  router = undefined;
});

/** Collects the reports: the process's received messages, and the supervisor's own reports. */
function options(more: Partial<Parameters<typeof startRouterProcess>[0]> = {}) {
  const reports: string[] = [];
  const lines: unknown[] = [];
  const traffic: unknown[] = [];
  const atReport = { run: () => {} };
  return {
    ...{ reports, lines, traffic, atReport },
    settings: {
      host: '192.0.2.1',
      port: 80,
      code: Buffer.from(PROGRAM),
      onLogLines: (batch: readonly unknown[]) => lines.push(...batch),
      onTraffic: (message: unknown) => traffic.push(message),
      problems: {
        report: (text: string) => {
          reports.push(text);
          if (text.startsWith('the router ended')) atReport.run();
        },
      },
      ...more,
    },
    /** The messages since the last call, as objects. */
    told: () =>
      reports.splice(0).map((text) => (text.startsWith('router: ') ? JSON.parse(text.slice('router: '.length)) : text)),
  };
}

async function start(more: Parameters<typeof options>[0] = {}) {
  const all = options(more);
  router = await startRouterProcess(all.settings);
  await router.settled();
  return { ...all, router };
}

const BORN = { arguments: [], environment: ['PATH', 'TZ'].filter((name) => process.env[name] !== undefined) };

test('a process that starts is told the certificates, then the port, and what asked before it', async () => {
  const { router: running, told } = await start({
    tls: { port: 443, fallback: FALLBACK },
    trustedProxies: ['10.0.0.0/8'],
  });
  expect(told()).toEqual([
    { ...BORN, arguments: ['10.0.0.0/8'], environment: expect.arrayContaining(['PATH']) },
    { kind: 'fallback-certificate', certificate: FALLBACK },
    { kind: 'listen', host: '192.0.2.1', port: 80, tlsPort: 443 },
    { kind: 'acknowledge', number: 0 },
    { kind: 'acknowledge', number: 1 },
  ]);
  expect([running.port, running.tlsPort]).toEqual([4000, 4001]);
});

test('one that waits for its routes is told so before the port, and to open after the routes; the next one does not wait', async () => {
  const { router: running, told, atReport } = await start({ held: true });
  const listen = { kind: 'listen', host: '192.0.2.1', port: 80 };
  expect(told().slice(1, 3)).toEqual([{ kind: 'hold' }, listen]);
  running.feed.publish(APP);
  running.open();
  await running.settled();
  expect(told().slice(0, 2)).toEqual([{ kind: 'update', routes: [APP] }, { kind: 'open' }]);
  const again = new Promise<void>((resolve) => {
    atReport.run = resolve;
  });
  running.certificates.remove('exit');
  await again;
  await running.settled();
  const later = told();
  expect(later).toContainEqual({ ...listen, port: 4000 });
  expect(later).not.toContainEqual({ kind: 'hold' });
});

test('without TLS nothing is told of it, and there is no port for it', async () => {
  const { router: running, told } = await start();
  expect(told()[1]).toEqual({ kind: 'listen', host: '192.0.2.1', port: 80 });
  expect([running.port, running.tlsPort]).toEqual([4000, undefined]);
});

test('changes of one turn are one message: new routes first, then those that are gone', async () => {
  const { router: running, told } = await start();
  told();
  running.feed.remove('nobody');
  running.feed.publish(APP);
  running.feed.publish({ ...APP, appId: 'b' });
  running.feed.publish({ ...APP, appId: 'gone' });
  running.feed.remove('gone');
  await running.settled();
  expect(told()).toEqual([
    { kind: 'update', routes: [APP, { ...APP, appId: 'b' }] },
    { kind: 'remove', appIds: ['gone'] },
    { kind: 'acknowledge', number: 2 },
  ]);
  await new Promise((resolve) => setImmediate(resolve));
  running.feed.publish({ ...APP, version: 2 });
  await eventually(() => running.pid() !== undefined);
  await running.settled();
  expect(told()).toEqual([
    { kind: 'update', routes: [{ ...APP, version: 2 }] },
    { kind: 'acknowledge', number: 3 },
  ]);
});

test('a change is told when its turn is over, asked for or not', async () => {
  const { router: running, reports } = await start();
  for (const version of [1, 2]) {
    running.feed.publish({ ...APP, version });
    await eventually(() => reports.some((text) => text.includes(`"version":${version}`)));
  }
  expect(reports.filter((text) => text.includes('"kind":"update"'))).toHaveLength(2);
});

test('the process after a crash listens where the one before did, and is told all again', async () => {
  const { router: running, told, reports, atReport } = await start({ tls: { port: 0, fallback: FALLBACK } });
  running.feed.publish(APP);
  running.certificates.set('kept', FALLBACK);
  running.certificates.set('removed', FALLBACK);
  running.certificates.remove('removed');
  await running.settled();
  told();
  const before = running.pid();
  // Changes made while no process runs are also sent before the port.
  atReport.run = () => running.feed.publish({ ...APP, version: 2 });
  running.certificates.remove('exit');
  await eventually(() => running.pid() !== undefined && running.pid() !== before);
  await running.settled();
  expect(reports.slice(0, 2)).toEqual([
    `router: ${JSON.stringify({ kind: 'no-certificate', hostname: 'exit' })}`,
    'the router ended (status 3); starting it again',
  ]);
  expect(told().slice(3)).toEqual([
    { kind: 'fallback-certificate', certificate: FALLBACK },
    { kind: 'certificate', hostname: 'kept', certificate: FALLBACK },
    { kind: 'update', routes: [{ ...APP, version: 2 }] },
    { kind: 'listen', host: '192.0.2.1', port: 4000, tlsPort: 4001 },
    { kind: 'acknowledge', number: 2 },
    { kind: 'acknowledge', number: 3 },
  ]);
});

test('lines of the log are the router’s own, what was lost is told, and traffic is passed on', async () => {
  const { router: running, lines, traffic, told } = await start();
  for (const name of ['lines', 'dropped', 'wake']) running.certificates.remove(name);
  await running.settled();
  const common = { source: 'heroku', process: 'router' };
  expect(lines).toEqual([
    { appId: 'a', atMs: 1, ...common, message: 'one' },
    { appId: 'b', atMs: 2, ...common, message: 'two' },
  ]);
  expect(told().filter((each) => typeof each === 'string')).toEqual([
    'the router dropped 9 log lines: they came faster than they were read',
  ]);
  expect(traffic).toEqual([{ kind: 'wake', appId: 'a' }]);
});

test('a port that is refused is an error in the words of the system', async () => {
  const { settings, reports } = options({ host: 'refused' });
  const failure = await startRouterProcess(settings).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(RouterListenError);
  expect({ ...(failure as object), message: (failure as Error).message }).toEqual({
    ...{ name: 'RouterListenError', code: 'EACCES', host: 'refused', port: 80 },
    message: 'permission denied',
  });
  expect(reports.filter((text) => !text.startsWith('router: '))).toEqual([]);
});

test('a process that dies before it listens is an error, and is not started again', async () => {
  const { settings, reports } = options({ host: 'dies' });
  await expect(startRouterProcess(settings)).rejects.toThrow('the router ended before it listened: 7');
  expect(reports.filter((text) => !text.startsWith('router: '))).toEqual([]);
});

test('a process that does not end is killed when its grace is over', async () => {
  const { router: running, told } = await start();
  const pid = running.pid() ?? 0;
  told();
  // The two seconds after the grace are nearly over.
  await running.close(-1_990);
  router = undefined;
  expect(told()).toEqual([{ kind: 'close', graceMs: -1_990 }]);
  expect(running.pid()).toBeUndefined();
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  await running.settled();
  await running.close(0);
});
