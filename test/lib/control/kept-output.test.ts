import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withKeptOutput } from '../../../lib/control/kept-output.ts';

const HOUR_AGO = new Date(Date.now() - 3_600_000);
let root: string;
let made: number;
beforeEach(() => {
  made = 0;
  root = mkdtempSync(join(tmpdir(), 'kept-output-'));
  write('a', 'one');
  write('b', 'two');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(file: string, content: string, modifiedAt = HOUR_AGO): void {
  writeFileSync(join(root, file), content);
  utimesSync(join(root, file), modifiedAt, modifiedAt);
}

/** An output of the two files; returns what its user reads. */
function output(meanwhile = (): void => undefined): string {
  return withKeptOutput(
    {
      cache: join(root, 'cache'),
      name: 'both',
      root,
      make(directory) {
        made += 1;
        const read = (file: string) => readFileSync(join(root, file), 'utf8');
        writeFileSync(join(directory, 'out'), `${read('a')} ${read('b')}`);
        meanwhile();
        return ['a', 'b'];
      },
    },
    (directory) => readFileSync(join(directory, 'out'), 'utf8'),
  );
}
const kept = () => readdirSync(join(root, 'cache')).sort();

test('what has not changed is made once', () => {
  expect([output(), output(), output()]).toEqual(['one two', 'one two', 'one two']);
  expect(made).toBe(1);
});

test.each([
  { name: 'an input has another content', change: () => write('b', 'six'), is: 'one six' },
  {
    name: 'content moves from one input to another',
    change() {
      write('a', 'onet');
      write('b', 'wo');
    },
    is: 'onet wo',
  },
  {
    name: 'what was kept is gone',
    change: () => kept().map((each) => rmSync(join(root, 'cache', each), { recursive: true })),
    is: 'one two',
  },
  {
    name: 'its directory is gone',
    change: () => rmSync(join(root, 'cache', kept()[0] ?? ''), { recursive: true }),
    is: 'one two',
  },
  { name: 'its note cannot be read', change: () => writeFileSync(join(root, 'cache/both.json'), '{'), is: 'one two' },
])('it is made anew where $name', ({ change, is }) => {
  output();
  change();
  expect([output(), output()]).toEqual([is, is]);
  expect(made).toBe(2);
  // Former outputs are removed.
  expect(kept()).toEqual([expect.stringMatching(/^both-[0-9a-f]{32}$/), 'both.json']);
});

test('an input that changes while it is made: the output is used, and not kept', () => {
  expect(output(() => write('a', 'new', new Date(Date.now() + 1_000)))).toBe('one two');
  expect(kept()).toEqual([]);
  write('a', 'new');
  expect(output()).toBe('new two');
});

test('an input that is away again: the output is used, and made anew', () => {
  output();
  rmSync(join(root, 'b'));
  expect(() => output()).toThrow(/ENOENT/);
  expect(kept().filter((each) => !each.endsWith('.json'))).toHaveLength(1);
});

test('made by two at once, it is the same for both', () => {
  let inner = '';
  expect(
    output(() => {
      if (made === 1) inner = output();
    }),
  ).toBe('one two');
  expect(inner).toBe('one two');
  expect(kept()).toHaveLength(2);
});
