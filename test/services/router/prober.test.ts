import { createServer, type Server } from 'node:net';
import { type Probe, type Prober, startProber } from '../../../services/router/prober.ts';
import { freePort } from '../../free-ports.ts';
import { problemsTo } from '../../problems.ts';
import { until } from '../logs/until.ts';

let prober: Prober;
let servers: Server[] = [];
let waiting: Probe[] = [];
let told: string[] = [];
let problems: string[] = [];
let broken: { list: boolean; tell: boolean };
let looks: number;

async function listener(port = 0): Promise<number> {
  const server = createServer((socket) => socket.destroy());
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return (server.address() as { port: number }).port;
}

const probe = (dynoId: string, port: number, attempt = 1): Probe => ({
  appId: 'shop',
  dynoId,
  attempt,
  host: '127.0.0.1',
  port,
});

beforeEach(() => {
  waiting = [];
  told = [];
  problems = [];
  looks = 0;
  broken = { list: false, tell: false };
  prober = startProber({
    waiting: async () => {
      looks += 1;
      if (broken.list) throw new Error('the table is out of reach');
      return waiting;
    },
    listens: async ({ dynoId, attempt }) => {
      if (broken.tell) throw new Error('the table is out of reach');
      told.push(`${dynoId}#${attempt}`);
    },
    problems: problemsTo(problems),
    everyMs: 20,
  });
});

afterEach(async () => {
  await prober.close();
  for (const server of servers) server.close();
  servers = [];
});

async function looksMore(count: number): Promise<void> {
  const from = looks;
  await until(() => looks >= from + count);
}

describe('the prober', () => {
  it('tells once of a dyno that listens, however long that takes', async () => {
    const port = await freePort();
    waiting = [probe('d1', port)];
    await looksMore(3);
    expect(told).toEqual([]);
    await listener(port);
    await until(() => told.length === 1);
    await looksMore(3);
    expect(told).toEqual(['d1#1']);
  });

  it('tells of a later attempt at the same address', async () => {
    const port = await listener();
    waiting = [probe('d1', port)];
    await until(() => told.length === 1);
    waiting = [probe('d1', port, 2)];
    await until(() => told.length === 2);
    expect(told).toEqual(['d1#1', 'd1#2']);
  });

  it('lets no dyno that cannot be reached hold up another', async () => {
    waiting = [probe('d1', await freePort()), probe('d2', await listener())];
    await until(() => told.length === 1);
    expect(told).toEqual(['d2#1']);
  });

  it('lets hundreds of dynos that never listen hold up none', async () => {
    const closed = await freePort();
    const silent = Array.from({ length: 450 }, (_, index) => probe(`silent-${index}`, closed));
    waiting = [...silent.slice(0, 225), probe('d1', await listener()), ...silent.slice(225)];
    await until(() => told.length === 1);
    expect(told).toEqual(['d1#1']);
  });

  it('tells again of a dyno that comes back to the list', async () => {
    const one = probe('d1', await listener());
    for (const times of [1, 2]) {
      waiting = [one];
      await until(() => told.length === times);
      waiting = [];
      await looksMore(2);
    }
    expect(told).toEqual(['d1#1', 'd1#1']);
  });

  it('goes on when the list or the telling failed, and complains of the list once', async () => {
    broken.list = true;
    await looksMore(3);
    waiting = [probe('d1', await listener())];
    broken = { list: false, tell: true };
    await until(() => problems.length > 1);
    broken.tell = false;
    await until(() => told.length === 1);
    expect(problems.filter((problem) => problem === 'could not read which dynos are starting')).toHaveLength(1);
  });
});
