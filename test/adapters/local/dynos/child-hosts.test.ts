import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DockerRefused, startContainerHost } from '../../../../adapters/local/docker-runtime/container-host.ts';
import { bundleHost } from '../../../../adapters/local/dynos/child-host.ts';
import type { Host } from '../../../../adapters/local/dynos/hosts.ts';
import { TIMING } from '../../../../adapters/local/dynos/messages.ts';
import { startDynoHost } from '../../../../adapters/local/process-runtime/dyno-host.ts';

let directory: string;
let bundle: string;
let started: Host<never> | undefined;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'child-hosts-'));
  bundle = join(directory, 'host.mjs');
  started = undefined;
});
afterEach(async () => {
  started?.kill();
  await started?.exited;
  rmSync(directory, { recursive: true, force: true });
});

/** A host with this code: it reports everything that it receives as a line of a dyno, and ends when the platform does. */
function host(...lines: readonly string[]): void {
  const told = [
    'const tell = (message) => process.send(message);',
    "const line = (what) => tell({ kind: 'output', batch: [['told', [[0, JSON.stringify(what)]]]] });",
    "process.on('message', (message) => { if (message.kind !== 'taken') line(message); else line('taken'); });",
    "process.on('disconnect', () => process.exit(0));",
  ];
  writeFileSync(bundle, [...told, ...lines].join('\n'));
}
const READY = `tell({ kind: 'ready', socketPath: '/socket', limits: 'Limits.', warnings: ['One.', 'Two.'] });`;
const ENVIRONMENT = 'line(Object.keys(process.env).sort());';

/** The host's messages, and a promise for enough of them. */
function newsOf() {
  const news: unknown[] = [];
  let wake = () => {};
  return {
    onNews: (each: unknown) => {
      const { batch } = each as { batch?: unknown };
      const text = (batch as [string, [number, string][]][] | undefined)?.[0]?.[1][0]?.[1];
      news.push(text === undefined ? each : JSON.parse(text));
      wake();
    },
    until: async (count: number) => {
      while (news.length < count) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return news;
    },
  };
}

describe('a host of processes', () => {
  const start = async (onNews: (news: unknown) => void = () => {}) => {
    started = (await startDynoHost(bundle, { dataDirectory: '/data', limits: true, timing: TIMING }, onNews)) as never;
    return started as unknown as Host<never>;
  };

  test('hears its settings first, sees nothing of the platform, and each batch of lines is taken', async () => {
    host(ENVIRONMENT, READY);
    const { onNews, until } = newsOf();
    const { socketPath, limits, send } = await start(onNews);
    expect([socketPath, limits]).toEqual(['/socket', 'Limits.']);
    const settings = {
      ...{ dataDirectory: '/data', limits: true, timing: TIMING },
      ...{ nodeDirectory: expect.any(String), ptyModule: expect.stringContaining('node-pty') },
    };
    expect((await until(3)).slice(0, 3)).toEqual([['PATH'], { kind: 'settings', settings }, 'taken']);
    send({ kind: 'stop', taskRef: 'x', graceSeconds: 1 } as never);
    const stop = { kind: 'stop', taskRef: 'x', graceSeconds: 1 };
    // The platform acknowledges each message, which the host reports too: the number of messages before is not fixed.
    let news = await until(4);
    while (!news.some((each) => JSON.stringify(each) === JSON.stringify(stop))) news = await until(news.length + 1);
    expect(news).toContainEqual(stop);
  });

  test('that ends before it is ready has not started', async () => {
    host('process.exit(1);');
    await expect(start()).rejects.toThrow('the dyno host did not start (it exited)');
  });

  test('is told nothing any more when it has ended', async () => {
    host(READY);
    const running = await start();
    running.kill();
    await running.exited;
    expect(running.send({ kind: 'taken' } as never)).toBeUndefined();
  });
});

describe('a host of containers', () => {
  const settings = { dataDirectory: '/data', image: 'image', reach: 'auto', timing: TIMING } as const;
  const start = async (onNews: (news: unknown) => void = () => {}) => {
    started = (await startContainerHost(bundle, settings, onNews)) as never;
    return started as unknown as Host<never>;
  };

  test('hears its settings first, sees what Docker’s own program needs, and warns of what it found', async () => {
    const before = { ...process.env };
    Object.assign(process.env, { DOCKER_HOST: 'unix:///nowhere', XDOCKER_HOST: 'x', DOCKER_HOSTS: 'x' });
    host(ENVIRONMENT, "tell({ kind: 'fetching' });", READY);
    const { onNews, until } = newsOf();
    const running = await start(onNews);
    delete process.env.DOCKER_HOST;
    Object.assign(process.env, before);
    expect([running.socketPath, running.limits]).toEqual(['/socket', 'Limits. One. Two.']);
    const news = await until(4);
    expect(news).toContainEqual({ kind: 'fetching' });
    expect(news).toContainEqual('taken');
    expect(news).toContainEqual({
      kind: 'settings',
      settings: { ...settings, dockerModule: expect.stringContaining('dockerode') },
    });
    const seen = news.find((each): each is string[] => Array.isArray(each)) ?? [];
    expect(seen).toEqual(expect.arrayContaining(['DOCKER_HOST', 'PATH']));
    expect(seen.filter((name) => !/^(NODE_CHANNEL_|PATH$|HOME$|SSH_AUTH_SOCK$|DOCKER_HOST$)/.test(name))).toEqual([]);
  });

  test('that refuses is ended, in the words that it gives', async () => {
    host("tell({ kind: 'refused', reason: 'Start Docker.' });");
    const failure = await start().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DockerRefused);
    expect((failure as Error).message).toBe('Start Docker.');
  });

  test('that ends before it is ready has not started', async () => {
    host('process.exit(1);');
    await expect(start()).rejects.toThrow('the container host ended');
  });
});

test('a host is one plain file, whatever it is made of', async () => {
  mkdirSync(join(directory, 'source'));
  writeFileSync(join(directory, 'source', 'part.ts'), 'export const part: string = "part";');
  writeFileSync(
    join(directory, 'source', 'main.ts'),
    'import { part } from "./part.ts"; import { join } from "node:path"; console.log(join(part));',
  );
  const file = await bundleHost(join(directory, 'source', 'main.ts'), join(directory, 'data', 'deep'), 'made.mjs');
  expect(file).toBe(join(directory, 'data', 'deep', 'made.mjs'));
  const text = readFileSync(file, 'utf8');
  expect([
    text.includes('./part'),
    text.includes(': string'),
    /^import \{ join \} from "node:path"/m.test(text),
  ]).toEqual([...[false, false, true]]);
  await expect(bundleHost(join(directory, 'none.ts'), directory, 'x.mjs')).rejects.toThrow('none.ts');
});
