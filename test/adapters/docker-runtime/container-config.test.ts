import fc from 'fast-check';
import { containerConfig, type Place } from '../../../adapters/local/docker-runtime/host/container-config.ts';
import { fromLabels, toLabels } from '../../../adapters/local/docker-runtime/host/labels.ts';
import type { ContainerOrder } from '../../../adapters/local/docker-runtime/messages.ts';

const PLACE: Place = {
  platformId: 'abc',
  image: 'dynoform-slug:1',
  network: 'dynoform',
  bash: '/bin/bash',
  port: 12_345,
  publish: false,
  hasProfiles: false,
};
const ORDER: ContainerOrder = {
  taskRef: 'd.1',
  task: { appId: 'a', dynoId: 'd', attempt: 1, name: 'web.1', type: 'web', logged: true },
  command: 'node web.js',
  slug: { id: 's', directory: '/slugs/s/app' },
  environment: { SECRET: 'value', HOME: '/config' },
  size: { memoryMiB: 512, processLimit: 256 },
};
const ATTACHED: ContainerOrder = { ...ORDER, attach: { terminal: true, columns: 80, rows: 24 } };

test.each([
  {
    name: 'no privilege, and the limits of its size',
    config: containerConfig(ORDER, PLACE),
    expected: {
      User: '1000:1000',
      HostConfig: {
        Init: true,
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges'],
        Memory: 1024 * 1024 * 1024,
        MemorySwap: 1024 * 1024 * 1024,
        PidsLimit: 256,
        CpuShares: 1024,
        NetworkMode: 'dynoform',
        RestartPolicy: { Name: 'no' },
      },
    },
  },
  {
    name: 'a large dyno: the most CPU shares that there are',
    config: containerConfig({ ...ORDER, size: { memoryMiB: 500_000, processLimit: 32_768 } }, PLACE),
    expected: { HostConfig: { CpuShares: 262_144, PidsLimit: 32_768 } },
  },
  {
    name: 'a port on loopback where one is published',
    config: containerConfig(ORDER, { ...PLACE, publish: true }),
    expected: { HostConfig: { PortBindings: { '12345/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] } } },
  },
  {
    name: 'a terminal of the client’s size, whose output nobody keeps',
    config: containerConfig(ATTACHED, PLACE),
    expected: {
      Tty: true,
      OpenStdin: true,
      StdinOnce: true,
      HostConfig: { ConsoleSize: [24, 80], LogConfig: { Type: 'none' } },
    },
  },
  {
    name: 'the command as bash’s own',
    config: containerConfig(ORDER, PLACE),
    expected: { Entrypoint: ['/bin/bash'], Cmd: ['-c', 'node web.js'], Tty: false, OpenStdin: false },
  },
  {
    name: 'the runtime’s variables over the app’s',
    config: containerConfig(ORDER, PLACE),
    expected: {
      Env: [
        'PATH=/usr/local/bin:/usr/bin:/bin',
        'MEMORY_AVAILABLE=512',
        'SECRET=value',
        'HOME=/app',
        'PORT=12345',
        'DYNO=web.1',
      ],
    },
  },
])('a container has $name', ({ config, expected }) => {
  expect(config).toMatchObject(expected);
});

test('nothing is published unless it must be', () => {
  expect(containerConfig(ORDER, PLACE).HostConfig).not.toHaveProperty('PortBindings');
  expect(containerConfig(ORDER, PLACE)).not.toHaveProperty('ExposedPorts');
});

test('no config var is in a label', () => {
  expect(JSON.stringify(containerConfig(ORDER, PLACE).Labels)).not.toContain('value');
});

test('whatever a dyno is, its labels say it again', () => {
  const text = fc.string({ minLength: 1 });
  const labelled = fc.record({
    taskRef: text,
    task: fc.record(
      {
        appId: text,
        dynoId: text,
        attempt: fc.integer({ min: 1 }),
        name: text,
        type: text,
        logged: fc.boolean(),
        outputStreamId: text,
      },
      { requiredKeys: ['appId', 'dynoId', 'attempt', 'name', 'type', 'logged'] },
    ),
    port: fc.integer({ min: 1, max: 65_535 }),
    attached: fc.boolean(),
  });
  fc.assert(
    fc.property(labelled, (known) => {
      expect(fromLabels(toLabels('platform', known as Parameters<typeof toLabels>[1]))).toEqual(known);
    }),
  );
});

test.each([
  { name: 'none', labels: {} },
  { name: 'no attempt', labels: { ...toLabels('p', known()), 'dynoform.attempt': '' } },
  { name: 'an attempt that is no number', labels: { ...toLabels('p', known()), 'dynoform.attempt': 'x' } },
  { name: 'no app', labels: { ...toLabels('p', known()), 'dynoform.app': '' } },
])('labels that are not ours are not read: $name', ({ labels }) => {
  expect(fromLabels(labels)).toBeUndefined();
});

function known() {
  return { taskRef: 'd.1', task: ORDER.task, port: 1, attached: false };
}

test('a container, whole: what it is named and kept of it', () => {
  const port = '12345/tcp';
  expect(containerConfig(ORDER, { ...PLACE, publish: true })).toEqual({
    name: 'dynoform-abc-d.1',
    Image: 'dynoform-slug:1',
    Hostname: 'd',
    User: '1000:1000',
    WorkingDir: '/app',
    Entrypoint: ['/bin/bash'],
    Cmd: ['-c', 'node web.js'],
    Env: expect.arrayContaining(['SECRET=value', 'PORT=12345', 'DYNO=web.1', 'HOME=/app']),
    Labels: toLabels('abc', { taskRef: 'd.1', task: ORDER.task, port: 12_345, attached: false }),
    ...{ Tty: false, OpenStdin: false, StdinOnce: false, AttachStdin: false, AttachStdout: false, AttachStderr: false },
    Healthcheck: { Test: ['NONE'] },
    ExposedPorts: { [port]: {} },
    HostConfig: {
      ...{
        Init: true,
        NetworkMode: 'dynoform',
        Memory: 2 ** 30,
        MemorySwap: 2 ** 30,
        CpuShares: 1_024,
        PidsLimit: 256,
      },
      PortBindings: { [port]: [{ HostIp: '127.0.0.1', HostPort: '' }] },
      ...{ CapDrop: ['ALL'], SecurityOpt: ['no-new-privileges'], RestartPolicy: { Name: 'no' } },
      LogConfig: { Type: 'local', Config: { 'max-size': '10m', 'max-file': '2', compress: 'false' } },
    },
  });
  const attached = containerConfig(ATTACHED, PLACE);
  expect(attached.HostConfig?.LogConfig).toEqual({ Type: 'none', Config: {} });
  expect([attached.AttachStdin, attached.AttachStdout, attached.AttachStderr]).toEqual([true, true, true]);
  const { terminal, ...pipes } = { ...ATTACHED.attach, columns: 80, rows: 24 };
  const plain = containerConfig({ ...ORDER, attach: { ...pipes, terminal: terminal !== true } }, PLACE);
  expect([plain.Tty, plain.OpenStdin, plain.HostConfig?.ConsoleSize]).toEqual([false, true, undefined]);
});

test('a small dyno has the fewest CPU shares that there are', () => {
  const small = containerConfig({ ...ORDER, size: { memoryMiB: 0, processLimit: 1 } }, PLACE);
  expect(small.HostConfig?.CpuShares).toBe(2);
});
