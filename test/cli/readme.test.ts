import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { README_COMMANDS } from '../docs/readme-commands.ts';
import { PlatformProcess } from '../platform/platform-process.ts';
import { until } from '../platform/until.ts';
import { Terminal } from './terminal.ts';

/** The README's commands as a reader types them, one after the other; only ports and directories are the test's own. */
jest.setTimeout(180_000);

const ROOT = path.resolve(__dirname, '../..');
const platform = new PlatformProcess();
let terminal: Terminal;

/** What a line leaves for the next one: variables and the working directory. */
const state = () => path.join(terminal.directory, 'state.sh');

beforeAll(async () => {
  await platform.start();
  const own = { ...process.env, DYNOFORM_DATA_DIR: platform.dataDirectory } as Record<string, string>;
  terminal = new Terminal({ environment: () => own });
  await terminal.ok('git config --global user.email me@example.com && git config --global user.name Me');
  writeFileSync(state(), `cd '${ROOT}'\n`);
});

afterAll(async () => {
  await platform.stop();
  terminal?.remove();
  platform.remove();
});

const here = (line: string) =>
  line
    .replaceAll('/tmp/shop', path.join(terminal.directory, 'shop'))
    .replace(':8080', `:${platform.routerPort}`)
    .replace(':5000', `:${platform.apiPort}`);
const asInReadme = (output: string) => output.replaceAll(`:${platform.routerPort}`, ':8080');

/** A script that continues where the previous line ended. */
function script(line: string, then = ''): string {
  const file = path.join(terminal.directory, 'line.sh');
  writeFileSync(file, `. '${state()}'\n${here(line)}\n${then}`);
  return `bash '${file}'`;
}

async function type(line: string): Promise<string> {
  const keep = `status=$?\nexport -p > '${state()}'\nprintf 'cd %q\\n' "$PWD" >> '${state()}'\nexit $status\n`;
  return asInReadme(await terminal.ok(script(line, keep)));
}

async function follow(line: string, shows: RegExp): Promise<string> {
  const tail = terminal.start(script(`exec ${line}`));
  await until(`${line} to show ${shows}`, () => shows.test(tail.output()));
  tail.stop();
  return tail.output();
}

const shell = (line: string) =>
  terminal.interactive(script(`exec ${line}`), [
    { after: /\$ $|# $/, text: 'echo "in a one-off dyno: $DYNO"\r' },
    { after: /in a one-off dyno: run\.\d/, text: 'exit\r' },
  ]);

const TYPED = README_COMMANDS.flatMap(({ line, by }) => ('typed' in by ? [{ line, ...by }] : []));

test.each(TYPED)('$line', async ({ line, typed, shows = /^/ }) => {
  if (typed === 'tail') return expect(await follow(line, shows)).toMatch(shows);
  if (typed === 'shell') return expect(await shell(line)).toMatch(shows);
  let output = await type(line);
  // A release begins to serve a moment after its push has ended.
  if (line.startsWith('curl '))
    await until(`${line} to show ${shows}`, async () => {
      output = shows.test(output) ? output : await type(line);
      return shows.test(output);
    });
  expect(output).toMatch(shows);
});
