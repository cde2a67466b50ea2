import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { DYNO_ENTRY } from '../../../../adapters/aws/ecs-runtime/dyno-entry.ts';
import { packText, packVariables } from '../../../../adapters/aws/ecs-runtime/pack-variables.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'dyno-entry-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const START = { PATH: process.env.PATH ?? '', DYNO: 'web.1', PORT: '5000' };

/** Starts it as ECS does, with the app in `directory`. */
function entry(command: string, environment: Record<string, string> = {}) {
  const child = spawn('bash', ['-c', DYNO_ENTRY, 'dyno', command], {
    env: { ...START, CNB_APP_DIR: directory, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const ended = once(child, 'exit').then(([status, signal]) => ({ status, signal, output, errors }));
  return { child, ended, output: () => output };
}

const PRINT = `exec ${process.execPath} -p 'JSON.stringify(process.env)'`;

async function environmentOf(given: Record<string, string>): Promise<Record<string, string>> {
  const { status, output, errors } = await entry(PRINT, given).ended;
  if (status !== 0) throw new Error(errors);
  return JSON.parse(output);
}

describe('config vars', () => {
  const noise = Array.from({ length: 64 * 1_024 - 5 }, (_, index) =>
    String.fromCharCode(33 + ((index * 7_919 + (index >> 3) * 104_729 + (index >> 7) * 31) % 94)),
  ).join('');

  test.each([
    { name: 'a plain value', config: { A: 'b' } },
    { name: 'none', config: {} },
    { name: 'an empty value', config: { EMPTY: '' } },
    {
      name: 'line breaks, also last',
      config: { KEY: '-----BEGIN KEY-----\nabc\n\n-----END KEY-----\n\n', CR: 'a\r\nb' },
    },
    { name: 'quotes and what shells read', config: { Q: `'"\`$(touch bad) \${HOME} \\ ; & | * ~ # ! = ==` } },
    { name: 'unicode', config: { U: 'žluťoučký 🐎 \u2028 \u0001' } },
    {
      name: 'names that are bash’s own',
      config: { UID: 'x', BASH_ENV: '/none', pairs: 'p', command: 'c', packed: 'z' },
    },
    { name: '64 KB that hardly compress', config: { NOISE: noise } },
    {
      name: 'two thousand vars',
      config: Object.fromEntries(Array.from({ length: 2_000 }, (_, n) => [`KEY_${n}`, `${n}`])),
    },
  ])('$name', async ({ config }) => {
    expect(await environmentOf(packVariables('DYNO_CONFIG', config))).toMatchObject(config);
  });

  test('any names and values arrive as they were', async () => {
    const value = fc.string({ unit: 'grapheme', maxLength: 200 }).filter((text) => !text.includes('\0'));
    const config = fc.dictionary(fc.stringMatching(/^CV_\w{0,20}$/), value, { maxKeys: 20 });
    await fc.assert(
      fc.asyncProperty(config, async (given) => {
        const seen = await environmentOf(packVariables('DYNO_CONFIG', given));
        expect(Object.fromEntries(Object.entries(seen).filter(([key]) => key.startsWith('CV_')))).toEqual({ ...given });
      }),
      { numRuns: 15 },
    );
  });

  test('the dyno’s own environment wins over them, and the platform’s names over both', async () => {
    const seen = await environmentOf({
      ...packVariables('DYNO_CONFIG', { A: 'config', B: 'config', DYNO: 'config', PORT: '1', HOME: '/config' }),
      ...packVariables('DYNO_ENVIRONMENT', { B: 'own', DYNO: 'own' }),
    });
    expect(seen).toMatchObject({ A: 'config', B: 'own', DYNO: 'web.1', PORT: '5000', HOME: directory });
  });

  test('nothing that was meant for the entry point reaches the app', async () => {
    const seen = await environmentOf({
      ...packVariables('DYNO_CONFIG', { A: 'b' }),
      DYNOFORM_LOG_TOKEN: 'token',
      DYNOFORM_ATTACH_TOKEN: 'token',
      TINI_KILL_PROCESS_GROUP: '1',
      ECS_CONTAINER_METADATA_URI_V4: 'http://169.254.170.2/v4/x',
    });
    const known = ['A', 'CNB_APP_DIR', 'DYNO', 'HOME', 'OLDPWD', 'PATH', 'PORT', 'PWD', 'SHLVL', '_'];
    expect(Object.keys(seen).filter((name) => !known.includes(name))).toEqual([]);
  });

  test.each([
    { name: 'cut off', spoil: (text: string) => text.slice(0, -12) },
    { name: 'damaged', spoil: (text: string) => `AAAA${text}` },
  ])('that are $name are never half taken', async ({ spoil }) => {
    const { DYNO_CONFIG = '' } = packVariables('DYNO_CONFIG', { SECRET: 'precious', OTHER: 'value' });
    const { status, output, errors } = await entry('echo ran', { DYNO_CONFIG: spoil(DYNO_CONFIG) }).ended;
    expect({ status, output }).toEqual({ status: 126, output: '' });
    expect(errors).toContain('its config vars cannot be read');
    expect(errors).not.toContain('precious');
  });
});

describe('the command', () => {
  test.each([
    { name: 'a status', command: 'exit 7', status: 7, output: '' },
    { name: 'an unknown program', command: 'no-such-program-here', status: 127, output: '' },
    {
      name: 'shell syntax',
      command: 'for n in 1 2; do echo "$n $DYNO"; done',
      status: 0,
      output: '1 web.1\n2 web.1\n',
    },
    { name: 'its directory', command: '[ "$PWD" = "$HOME" ] && echo home', status: 0, output: 'home\n' },
  ])('$name', async ({ command, status, output }) => {
    expect(await entry(command).ended).toMatchObject({ status, output });
  });

  test('is the process itself: it gets SIGTERM', async () => {
    const dyno = entry(`trap 'echo bye; exit 3' TERM; echo up; while :; do sleep 0.02; done`);
    await seen(() => dyno.output().includes('up'));
    dyno.child.kill('SIGTERM');
    expect(await dyno.ended).toMatchObject({ status: 3, output: 'up\nbye\n' });
  });

  test('one that is too long for ECS arrives exactly', async () => {
    const text = `echo ${'x'.repeat(30_000)}'\n'$DYNO\n\n`;
    expect((await entry('ignored', packText('DYNO_COMMAND', text)).ended).output).toBe(
      `${'x'.repeat(30_000)}\nweb.1\n`,
    );
  });

  test('runs after the app’s profile scripts', async () => {
    mkdirSync(join(directory, '.profile.d'));
    writeFileSync(join(directory, '.profile.d', 'a.sh'), 'export FROM_D="d $A"');
    writeFileSync(join(directory, '.profile'), 'export FROM_PROFILE="$FROM_D p"');
    const dyno = entry('echo "$FROM_PROFILE"', packVariables('DYNO_CONFIG', { A: 'config' }));
    expect((await dyno.ended).output).toBe('d config p\n');
  });
});

describe('a process limit', () => {
  test('holds for the command', async () => {
    expect((await entry('ulimit -u', { DYNOFORM_PROCESS_LIMIT: '512' }).ended).output).toBe('512\n');
  });
});

describe('an attached one-off', () => {
  let server: Server;
  let sockets: Socket[];
  let received: string;
  beforeEach(async () => {
    sockets = [];
    received = '';
    server = createServer((socket) => {
      sockets.push(socket);
      socket.on('data', (chunk) => {
        received += chunk;
      });
      socket.on('error', () => undefined);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const attach = (more: Record<string, string> = {}) => ({
    DYNOFORM_ATTACH_ADDRESS: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    DYNOFORM_ATTACH_TOKEN: 'the-token',
    ...more,
  });
  const client = async (): Promise<Socket> => {
    await seen(() => received === 'the-token\n');
    received = '';
    const [socket] = sockets;
    if (socket === undefined) throw new Error('not connected');
    return socket;
  };

  test('shows its token, waits, and then runs over the connection', async () => {
    const dyno = entry('read line; echo "got $line"; echo bad >&2; exit 4', attach());
    const socket = await client();
    socket.write('attached\nhello\n');
    expect(await dyno.ended).toMatchObject({ status: 4, output: '', errors: '' });
    expect(received).toBe('got hello\nbad\n');
  });

  test('ends when no client comes, and the command never ran', async () => {
    const flag = join(directory, 'ran');
    const dyno = entry(`touch ${flag}`, attach({ DYNOFORM_ATTACH_SECONDS: '1' }));
    await client();
    expect((await dyno.ended).status).toBe(128);
    expect(existsSync(flag)).toBe(false);
  });

  test('ends when it is turned away', async () => {
    const dyno = entry('echo ran', attach());
    (await client()).end();
    expect((await dyno.ended).status).toBe(128);
    expect(received).toBe('');
  });

  test('can be stopped while it waits', async () => {
    const dyno = entry('echo ran', attach());
    await client();
    dyno.child.kill('SIGTERM');
    expect((await dyno.ended).signal).toBe('SIGTERM');
  });

  test('the end of the client’s input is the end of the program’s', async () => {
    const dyno = entry('wc -c', attach());
    (await client()).end('attached\n12345');
    expect((await dyno.ended).status).toBe(0);
    expect(received.trim()).toBe('5');
  });

  test('has a terminal of the client’s size', async () => {
    const config = packVariables('DYNO_CONFIG', { A: `it's "quoted"` });
    const dyno = entry(
      `tty -s && echo "terminal $(stty size) $A"; exit 5`,
      attach({ DYNOFORM_TERMINAL: '101x33', ...config }),
    );
    (await client()).write('attached\n');
    expect((await dyno.ended).status).toBe(5);
    expect(received).toBe(`terminal 33 101 it's "quoted"\r\n`);
  });

  test('what is typed arrives, control characters as signals', async () => {
    const dyno = entry(
      `trap 'echo interrupted; exit 6' INT; echo up; while :; do sleep 0.02; done`,
      attach({ DYNOFORM_TERMINAL: '80x24' }),
    );
    const socket = await client();
    socket.write('attached\n');
    await seen(() => received.includes('up'));
    socket.write('\x03');
    expect((await dyno.ended).status).toBe(6);
    await seen(() => received.includes('interrupted'));
  });

  test('a terminal is hung up when its client leaves', async () => {
    const flag = join(directory, 'hung-up');
    const dyno = entry(
      `trap 'touch ${flag}; exit' HUP; echo up; while :; do sleep 0.02; done`,
      attach({ DYNOFORM_TERMINAL: '80x24' }),
    );
    const socket = await client();
    socket.write('attached\n');
    await seen(() => received.includes('up'));
    socket.destroy();
    await dyno.ended;
    await seen(() => existsSync(flag));
    expect(received).toBe('up\r\n');
  });
});

async function seen(is: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1_000; tries += 1) {
    if (is()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('waited in vain');
}
