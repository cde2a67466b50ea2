import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { BuildOutput } from '../../../../adapters/local/builder/build-output.ts';
import { BuildpackRunner } from '../../../../adapters/local/builder/buildpack-runner.ts';
import { fetchBuildpack, shippedDirectory } from '../../../../adapters/local/builder/fetch-buildpack.ts';
import { runScript } from '../../../../adapters/local/builder/run-script.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'scripts-'));
  mkdirSync(join(directory, 'app'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const script = (path: string, text: string) => {
  mkdirSync(dirname(join(directory, path)), { recursive: true });
  writeFileSync(join(directory, path), `#!/bin/sh\n${text}\n`);
  chmodSync(join(directory, path), 0o755);
  return join(directory, path);
};
const PATH = '/usr/bin:/bin';

function runnerOf(signal = new AbortController().signal) {
  const said: string[] = [];
  const inside = (name: string) => join(directory, name);
  const directories = { app: inside('app'), cache: inside('cache'), environment: inside('env') };
  const output = new BuildOutput((text) => said.push(text), 1e6);
  return { said, runner: new BuildpackRunner(directories, { PATH, SEEN: 'seen' }, output, signal) };
}

describe('a buildpack', () => {
  test('detects: its first words, from standard output alone, in the app', async () => {
    script('one/bin/detect', 'echo "  Node of $1 in $PWD, $SEEN "; echo no >&2');
    const { runner, said } = runnerOf();
    const app = join(directory, 'app');
    expect(await runner.detect(join(directory, 'one'))).toEqual({
      detected: true,
      text: `Node of ${app} in ${app}, seen`,
    });
    script('two/bin/detect', 'echo why; exit 1');
    expect(await runner.detect(join(directory, 'two'))).toEqual({ detected: false, text: 'why' });
    script('three/bin/detect', 'head -c 3000 /dev/zero | tr "\\0" x');
    expect((await runner.detect(join(directory, 'three'))).text).toBe('x'.repeat(2_000));
    expect(said).toEqual([]);
  });

  test('compiles: what it says on either side is shown, and its status is the answer', async () => {
    script('one/bin/compile', 'echo "$1 $2 $3" > args; echo out; echo err >&2; printf rest; exit 3');
    const { runner, said } = runnerOf();
    expect(await runner.compile(join(directory, 'one'))).toBe(3);
    expect(said.join('')).toBe('out\nerr\nrest\n');
    expect(readFileSync(join(directory, 'app', 'args'), 'utf8')).toBe(
      `${['app', 'cache', 'env'].map((name) => join(directory, name)).join(' ')}\n`,
    );
  });

  test('that has compiled exports to those behind it, each over the one before; one that failed does not', async () => {
    const exporting = (name: string, status: number) => {
      script(`${name}/bin/compile`, `exit ${status}`);
      script(`${name}/export`, `FROM=\${FROM}${name}; export FROM`);
      return join(directory, name);
    };
    const { runner } = runnerOf();
    expect(await runner.compile(exporting('a', 0))).toBe(0);
    await runner.compile(exporting('b', 1));
    await runner.compile(exporting('c', 0));
    script('last/bin/detect', 'echo "$FROM $1"');
    expect((await runner.detect(join(directory, 'last'))).text).toBe(`ac ${join(directory, 'app')}`);
  });

  const types = async (text: string | undefined, status = 0) => {
    if (text !== undefined) script('one/bin/release', `cat <<'END'\n${text}\nEND\nexit ${status}`);
    return runnerOf().runner.defaultProcessTypes(join(directory, 'one'));
  };

  test.each<{ name: string; text: string | undefined; is: object | undefined }>([
    { name: 'nothing to say', text: undefined, is: {} },
    { name: 'nothing said', text: '', is: {} },
    { name: 'two types', text: 'default_process_types:\n  web: a\n  worker: b c', is: { web: 'a', worker: 'b c' } },
    { name: 'other things', text: 'config_vars: {}', is: {} },
    { name: 'no types', text: 'default_process_types:', is: {} },
    {
      name: 'types that are none',
      text: 'default_process_types:\n  web: a\n  "a b": b\n  n: 5\n  empty: " "\n  list: [a]',
      is: { web: 'a' },
    },
    { name: 'a list', text: '- a', is: undefined },
    { name: 'a word', text: 'word', is: undefined },
    { name: 'types that are a list', text: 'default_process_types: [a]', is: undefined },
    { name: 'types that are a word', text: 'default_process_types: a', is: undefined },
    { name: 'no YAML', text: '{', is: undefined },
  ])('releases with $name', async ({ text, is }) => {
    expect(await types(text)).toEqual(is);
  });

  test('whose release fails has no types at all', async () => {
    expect(await types('default_process_types:\n  web: a', 1)).toBeUndefined();
  });
});

describe('a buildpack is brought', () => {
  const { signal } = new AbortController();
  const bring = (name: string) =>
    fetchBuildpack(name, join(directory, 'copy'), {
      shippedDirectory: join(directory, 'shipped'),
      reach: { resolve: async () => [], allows: () => false },
      environment: { PATH },
      signal,
    });
  const refused = (error: string) => ({ ok: false, error });

  test('from those that are shipped, or from a directory, without its history', async () => {
    expect(shippedDirectory({ shippedDirectory: '/s' }, 'heroku/nodejs')).toBe('/s/heroku-nodejs');
    script('shipped/heroku-nodejs/bin/detect', 'exit 0');
    expect(await bring('heroku/nodejs')).toEqual({ ok: true, value: undefined });
    rmSync(join(directory, 'copy'), { recursive: true });
    script('own/bin/detect', 'exit 0');
    script('own/.git/config', '');
    script('own/lib/.git/kept', '');
    expect(await bring(join(directory, 'own'))).toEqual({ ok: true, value: undefined });
    expect(() => readFileSync(join(directory, 'copy/.git/config'))).toThrow('ENOENT');
    expect(readFileSync(join(directory, 'copy/lib/.git/kept'), 'utf8')).toContain('#!');
  });

  test.each([
    ['heroku/cobol', 'it is not a buildpack of this platform, an absolute path, or an https:// URL'],
    ['ftp://a.test/x.tgz', 'it is not a buildpack of this platform, an absolute path, or an https:// URL'],
    ['/nowhere/at/all', 'there is no such directory'],
    ['HTTPS://a.test/x.tgz', 'the host a.test is not known'],
    ['https://127.0.0.1/x.git#main', 'the host 127.0.0.1 is not at a public address'],
    ['https://me@a.test/x', 'the URL must not hold a user name or password'],
  ])('not from %s: %s', async (name, error) => {
    expect(await bring(name)).toEqual(refused(error));
  });

  test('not from what has no bin/detect', async () => {
    script('empty/bin/compile', '');
    mkdirSync(join(directory, 'folder', 'bin', 'detect'), { recursive: true });
    expect(await bring(join(directory, 'empty'))).toEqual(refused('it has no bin/detect'));
    rmSync(join(directory, 'copy'), { recursive: true });
    expect(await bring(join(directory, 'folder'))).toEqual(refused('it has no bin/detect'));
    expect(await bring(script('file', ''))).toEqual(refused('there is no such directory'));
  });
});

describe('a script', () => {
  const run = async (command: readonly string[], more: Partial<Parameters<typeof runScript>[0]> = {}) => {
    let said = '';
    const status = await runScript({
      ...{ command, directory, environment: { PATH }, signal: new AbortController().signal },
      onOutput: (chunk) => {
        said += chunk;
      },
      ...more,
    });
    return { status, said };
  };

  test('runs where it is told to, and its two outputs are one in their order', async () => {
    const path = script('say', 'echo "$1|$2"; echo two >&2; pwd; exit 7');
    expect(await run([path, 'a b', '$x'])).toEqual({ status: 7, said: `a b|$x\ntwo\n${directory}\n` });
  });

  test('has its errors apart where they are asked for', async () => {
    let errors = '';
    const path = script('say', 'echo out; echo err >&2');
    const onError = (chunk: Buffer) => {
      errors += chunk;
    };
    expect(await run([path], { onError })).toEqual({ status: 0, said: 'out\n' });
    expect(errors).toBe('err\n');
  });

  test.each([
    { signal: 'KILL', status: 137 },
    { signal: 'TERM', status: 143 },
  ])('that is ended by SIG$signal has the status $status', async ({ signal, status }) => {
    expect((await run([script('end', `kill -${signal} $$`)])).status).toBe(status);
  });

  test('is killed when it is canceled, and never begins when it was canceled before', async () => {
    const controller = new AbortController();
    const path = script('wait', 'echo begun; sleep 60');
    const ended = await run([path], { signal: controller.signal, onOutput: () => controller.abort() });
    expect(ended.status).toBe(137);
    expect(await run([path], { signal: controller.signal })).toEqual({ status: 137, said: '' });
  });

  test('in a directory that is not there is an error', async () => {
    await expect(run(['true'], { directory: join(directory, 'nowhere') })).rejects.toThrow('ENOENT');
  });
});
