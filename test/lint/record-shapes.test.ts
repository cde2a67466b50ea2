import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const ROOT = join(__dirname, '../..');
const FOLDER = join(ROOT, 'core/records');
const files = readdirSync(FOLDER).map((name) => join(FOLDER, name));
const texts = new Map(files.map((file) => [file, readFileSync(file, 'utf8')]));

const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile);
const { options } = ts.convertCompilerOptionsFromJson({ ...config.compilerOptions, types: [] }, ROOT);
const host = ts.createCompilerHost(options);
const unchanged = new Map<string, ts.SourceFile | undefined>();

/** `fields<App>(` and the like. */
const SHAPE = /\b(?:fields|variants|Shape)<(\w+)(?:, '\w+')?>(?: = \{|\()/g;
/** From the start of an interface to the end of its first field, past that field's comment. */
const FIRST_FIELD = /^((?:export )?interface \w+ \{\n(?: +\/?\*.*\n)*)( {2}readonly \w+\??: [^;]*;)/gm;

/** The interfaces whose shapes do not compile after a change of their first field. */
function broken(change: (field: string) => string): readonly string[] {
  const changed = new Map(
    [...texts].map(([file, text]) => [
      file,
      text.replace(FIRST_FIELD, (_all, head: string, field: string) => head + change(field)),
    ]),
  );
  const getSourceFile = (name: string, target: ts.ScriptTarget | ts.CreateSourceFileOptions) => {
    const text = changed.get(name);
    if (text !== undefined) return ts.createSourceFile(name, text, target);
    if (!unchanged.has(name)) unchanged.set(name, host.getSourceFile(name, target));
    return unchanged.get(name);
  };
  const program = ts.createProgram(files, options, { ...host, getSourceFile });
  const found = new Set<string>();
  for (const [file, text] of changed) {
    const errors = program.getSemanticDiagnostics(program.getSourceFile(file)).flatMap(({ start }) => start ?? []);
    for (const { 0: call, 1: of = '', index } of text.matchAll(SHAPE)) {
      const end = closing(text, index + call.length);
      if (errors.some((at) => at >= index && at < end)) found.add(of);
    }
  }
  return [...found].sort();
}

/** The position of the bracket or brace that closes the one opened before `at`. */
function closing(text: string, at: number): number {
  let depth = 1;
  let end = at;
  for (; depth > 0 && end < text.length; end += 1) depth += { '(': 1, '{': 1, ')': -1, '}': -1 }[text[end] ?? ''] ?? 0;
  return end;
}

/** All declarations in the files with shapes. */
const all = [...texts.values()].join('\n');
const declared = [...all.matchAll(/(?:interface|type) (\w+) [={]/g)].map(([, name]) => name);
const everyShape = [...new Set([...all.matchAll(SHAPE)].map(([, of = '']) => of))]
  .filter((of) => declared.includes(of))
  .sort();

test('there is a shape of what is stored, and it compiles as it is', () => {
  const some = [
    'Account',
    'AnyDyno',
    'App',
    'Build',
    'Domain',
    'Dyno',
    'EcoPool',
    'HostClaim',
    'JobState',
    'Release',
    'Slug',
  ];
  expect(everyShape).toEqual(expect.arrayContaining(some));
  expect(broken((field) => field)).toEqual([]);
});

test.each([
  { name: 'renamed', change: (field: string) => field.replace(/readonly (\w+)/, 'readonly renamed_$1') },
  { name: 'added', change: (field: string) => `  readonly added: string;\n${field}` },
  { name: 'also something else', change: (field: string) => field.replace(/;$/, ' | { readonly other: 7 };') },
  {
    name: 'no more, or from now on, optional',
    change: (field: string) => (field.includes('?:') ? field.replace('?:', ':') : field.replace(':', '?:')),
  },
])('a field that is $name does not compile until the shape follows', ({ change }) => {
  expect(broken(change)).toEqual(everyShape);
});
