import { IMAGE } from './image.ts';
import { docker, until, Workbench } from './workbench.ts';

jest.setTimeout(180_000);

let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.open();
});
afterAll(() => bench.close());
afterEach(() => {
  bench.lines.length = 0;
});

const WEB = `exec node -e 'require("http").createServer((q, s) => s.end("ok")).listen(process.env.PORT)'`;

/** Prints `open`, or the error. */
const knock = (host: string, port: number) =>
  `node -e 'const s = require("net").connect({ host: "${host}", port: ${port}, timeout: 2000 });
    const say = (word) => { console.log(word); process.exit(); };
    s.on("connect", () => say("open")); s.on("timeout", () => say("silence")); s.on("error", (e) => say(e.code));'`;

/** The output of one command, run as a dyno. */
async function output(command: string, changes = {}): Promise<string[]> {
  bench.lines.length = 0;
  const { spec } = await bench.run(command, changes);
  await bench.stopped(spec);
  return bench.messages();
}

test('a dyno has no capability, cannot gain one, and is not root', async () => {
  const status = await output(`grep -E '^(Uid|Gid|CapInh|CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs):' /proc/self/status`);
  const facts = Object.fromEntries(status.map((line) => line.split(/:\s+/) as [string, string]));
  const none = '0000000000000000';
  expect(facts).toEqual({
    Uid: '1000\t1000\t1000\t1000',
    Gid: '1000\t1000\t1000\t1000',
    CapInh: none,
    CapPrm: none,
    CapEff: none,
    CapBnd: none,
    CapAmb: none,
    NoNewPrivs: '1',
  });
});

test('a dyno sees its own processes only, and writes only where it may', async () => {
  const [processes = '', ...rest] = await output(
    `ps -A -o pid= | wc -l; for place in /app /tmp /usr/bin /etc /; do touch $place/x 2>/dev/null && echo $place; done`,
  );
  expect(Number(processes)).toBeLessThanOrEqual(4);
  expect(rest).toEqual(['/app', '/tmp']);
});

test('no dyno reaches another, which this machine does', async () => {
  const { spec } = await bench.run(WEB, { name: 'web.1', type: 'web' });
  const { address } = await bench.task(spec, ({ listening }) => listening);
  const { host = '', port = 0 } = address ?? {};
  expect(await output(knock(host, port))).toEqual(['silence']);
  expect((await fetch(`http://${host}:${port}/`)).status).toBe(200);
});

test('nothing is published where containers can be reached, and loopback alone where they cannot', async () => {
  const { spec, taskRef } = await bench.run(WEB, { name: 'web.1', type: 'web' });
  await bench.task(spec, ({ listening }) => listening);
  expect((await inspect(taskRef)).NetworkSettings.Ports).toEqual({});

  const published = await Workbench.open({ reach: 'loopback' });
  try {
    const other = await published.run(WEB, { name: 'web.1', type: 'web' });
    const { address } = await published.task(other.spec, ({ listening }) => listening);
    const bindings = Object.values((await inspect(other.taskRef)).NetworkSettings.Ports).flat();
    expect(bindings).toEqual([{ HostIp: '127.0.0.1', HostPort: String(address?.port) }]);
  } finally {
    await published.close();
  }
});

test('a published port of a program that listens to itself only is not taken for a web dyno’s', async () => {
  const published = await Workbench.open({ reach: 'loopback' });
  try {
    const inward = WEB.replace('process.env.PORT', 'process.env.PORT, "127.0.0.1", () => console.log("bound")');
    const { spec } = await published.run(inward, { name: 'web.1', type: 'web' });
    await published.said('bound');
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect((await published.running(spec)).listening).toBe(false);
  } finally {
    await published.close();
  }
});

test('a dyno is held to its size', async () => {
  const { spec, taskRef } = await bench.run('sleep 60', {
    size: { name: 'Standard-2X', memoryMiB: 1024, processLimit: 100 },
  });
  await bench.running(spec);
  const { HostConfig } = await inspect(taskRef);
  expect(HostConfig).toMatchObject({
    Memory: 2048 * 1024 * 1024,
    MemorySwap: 2048 * 1024 * 1024,
    PidsLimit: 100,
    CpuShares: 2048,
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges'],
    Privileged: false,
    Init: true,
  });
  expect(HostConfig.Binds ?? []).toEqual([]);
});

test('a dyno at its limit of processes starts no more, and can still be stopped', async () => {
  const { spec, taskRef } = await bench.run('for i in {1..40}; do sleep 60 & done; echo full; wait', {
    size: { name: 'Basic', memoryMiB: 512, processLimit: 20 },
  });
  await until(() => bench.messages().some((line) => /fork: .*Resource temporarily unavailable/.test(line)));
  await bench.runtime.stop(taskRef, 1);
  const { exit } = await bench.stopped(spec);
  expect([143, 137, 254, 1]).toContain(exit?.status);
});

test('a dyno sees exactly its own environment', async () => {
  process.env.DYNOFORM_CONTRACT_SECRET = 'leaked';
  const { spec } = await bench.run(`exec node -p 'JSON.stringify(process.env)'`, {
    config: { version: 1, open: async () => ({ LANG: 'C', HOME: '/config', SHARED: 'config' }) },
    environment: { SHARED: 'platform' },
  });
  await bench.stopped(spec);
  delete process.env.DYNOFORM_CONTRACT_SECRET;
  const { PORT, SHLVL: _level, _: _program, ...rest } = JSON.parse(bench.messages()[0] ?? '');
  expect(rest).toEqual({
    PATH: '/usr/local/bin:/usr/bin:/bin',
    HOSTNAME: spec.dynoId,
    MEMORY_AVAILABLE: '512',
    LANG: 'C',
    SHARED: 'platform',
    DYNO: 'worker.1',
    HOME: '/app',
    PWD: '/app',
  });
  expect(Number(PORT)).toBeGreaterThan(1023);
});

test('a slug becomes an image once, with its scripts run before the command', async () => {
  const slug = await bench.slug({
    '.profile.d/one.sh': 'export ORDER="one"; export A="profile wins"',
    '.profile': 'export ORDER="$ORDER profile"',
    'bin/tool': '#!/bin/bash\necho tool',
  });
  const changes = { slug, config: { version: 1, open: async () => ({ A: 'config' }) } };
  const made = async () => (await docker.listImages({ filters: { label: [`dynoform.slug=${slug.id}`] } })).length;
  await output('echo "$ORDER|$A|$(bin/tool)|$(ls -ld /app)"', changes);
  const both = await Promise.all([bench.run('true', changes), bench.run('true', changes)]);
  await Promise.all(both.map(({ spec }) => bench.stopped(spec)));
  expect(bench.messages()[0]).toMatch(/^one profile\|profile wins\|tool\|.*dyno/);
  expect(await made()).toBe(1);
  // Somebody removes images while the platform runs.
  const [image] = await docker.listImages({ filters: { label: [`dynoform.slug=${slug.id}`] } });
  await docker.getImage(image?.Id ?? '').remove({ force: true });
  const again = await bench.run('exit 4', changes);
  expect((await bench.stopped(again.spec)).exit).toEqual({ status: 4, reason: 'exited' });
});

test('nothing of a dyno stays behind when the runtime closes', async () => {
  const own = await Workbench.open();
  const { taskRef } = await own.run('sleep 60');
  const { spec } = await own.run('true');
  await own.stopped(spec);
  await own.close();
  const left = await docker.listContainers({ all: true, filters: { label: [`dynoform.task=${taskRef}`] } });
  expect(left).toEqual([]);
  expect(await docker.listContainers({ all: true, filters: { label: [`dynoform.dyno=${spec.dynoId}`] } })).toEqual([]);
  expect((await docker.getImage(IMAGE).inspect()).RepoTags).toContain(IMAGE);
});

test('a platform that stops while it makes a slug’s image leaves nothing of it but the image', async () => {
  const own = await Workbench.open();
  const slug = await own.slug(
    Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`file-${n}`, 'x'.repeat(9_000)])),
  );
  const making = async () =>
    (await docker.listContainers({ all: true, filters: { name: ['^/dynoform-making-'] } })).length;
  const { taskRef } = await own.run('true', { slug });
  await until(async () => (await making()) > 0);
  await own.runtime.stop(taskRef, 0);
  await own.close();
  expect(await making()).toBe(0);
});

async function inspect(taskRef: string) {
  const [found] = await docker.listContainers({ all: true, filters: { label: [`dynoform.task=${taskRef}`] } });
  return docker.getContainer(found?.Id ?? '').inspect();
}
