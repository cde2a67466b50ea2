import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Pair, type Scalar, stringify } from 'yaml';
import { type Assembly, masked, STACKS, type Stage, type Template } from './assembly.ts';
import { grants } from './lists/grants.ts';
import { ports } from './lists/ports.ts';
import { reachable } from './lists/reachable.ts';
import { resources } from './lists/resources.ts';

const DIRECTORY = join(__dirname, 'snapshots');
const PROFILES = [
  { profile: 'minimal', stage: 'small-us-east-1' },
  { profile: 'resilient', stage: 'large-us-east-1' },
] as const satisfies readonly { readonly profile: string; readonly stage: Stage }[];
/** What a reviewer reads first. */
const LISTS = { resources, grants, ports, reachable };

/** What a deploy would make, one file each; written by `npm run test:file -- test/infrastructure -u`. */
export function snapshotTests(assembly: () => Assembly): void {
  test.each(STACKS)('the %s stack of the minimal profile', (stack) => {
    expectFile(`minimal/${stack}.yml`, readableTemplate(assembly().template('small-us-east-1', stack)));
  });

  describe.each(PROFILES)('the $profile profile', ({ profile, stage }) => {
    test.each(Object.entries(LISTS))('%s', (name, list) => {
      expectFile(`${profile}/${name}.txt`, `${list(assembly(), stage)}\n`);
    });
  });

  test('there is no file of something that is gone', () => {
    const files = readdirSync(DIRECTORY, { recursive: true, encoding: 'utf8' }).filter((path) => path.includes('.'));
    const expected = [
      ...STACKS.map((stack) => join('minimal', `${stack}.yml`)),
      ...PROFILES.flatMap(({ profile }) => Object.keys(LISTS).map((list) => join(profile, `${list}.txt`))),
    ];
    expect(files.sort()).toEqual(expected.sort());
  });
}

/** As YAML: types first, hashes of code masked, maps in alphabetical order, because they have none of their own. */
function readableTemplate(template: Template): string {
  const json = JSON.stringify(template, (key, value) => (key === 'BuildSpec' ? '<buildspec>' : value));
  return stringify(JSON.parse(masked(json)), { lineWidth: 0, sortMapEntries: byKey });
}

function byKey(left: Pair, right: Pair): number {
  const [one, other] = [left, right].map(({ key }) => (key as Scalar<string>).value ?? key) as [string, string];
  if (one === 'Type' || other === 'Type') return one === 'Type' ? -1 : 1;
  return one < other ? -1 : 1;
}

/** Like jest's own snapshots: written with `-u`, compared without. */
function expectFile(name: string, text: string): void {
  const path = join(DIRECTORY, name);
  if (isUpdate()) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  expect(text).toBe(readFileSync(path, 'utf8'));
}

function isUpdate(): boolean {
  const { snapshotState } = expect.getState() as { readonly snapshotState?: { readonly _updateSnapshot?: string } };
  return snapshotState?._updateSnapshot === 'all';
}
