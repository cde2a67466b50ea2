import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleFunction } from '../../lib/control/bundle-function.ts';

const LAMBDAS = join(__dirname, '../../lambdas');
const BYTES_MAX = 1.5 * 1024 * 1024;
const names = readdirSync(LAMBDAS, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

const directory = mkdtempSync(join(tmpdir(), 'bundle-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Bundling takes longer than all tests of the bundle. */
const bundles = new Map<string, ReturnType<typeof makeBundle>>();
function bundle(name: string) {
  const made = bundles.get(name) ?? makeBundle(name);
  bundles.set(name, made);
  return made;
}

/** Bundles as lib/control/function-code.ts does. */
function makeBundle(name: string) {
  const entry = `lambdas/${name}/index.ts`;
  const outputs = Object.entries(bundleFunction(entry, join(directory, name)).outputs).filter(([file]) =>
    file.endsWith('.mjs'),
  );
  const first = new Set<string>();
  const load = (file: string): void => {
    if (first.has(file)) return;
    first.add(file);
    for (const { kind, external, path } of Object.fromEntries(outputs)[file]?.imports ?? []) {
      if (kind === 'import-statement' && external !== true) load(path);
    }
  };
  for (const [file, { entryPoint }] of outputs) if (entryPoint === entry) load(file);
  return {
    bytes: outputs.reduce((sum, [, { bytes }]) => sum + bytes, 0),
    external: outputs.flatMap(([, { imports }]) => imports.filter((each) => each.external).map(({ path }) => path)),
    inputs: outputs.flatMap(([, { inputs }]) => Object.keys(inputs)),
    /** What is loaded before the handler can be called. */
    firstInputs: outputs.filter(([file]) => first.has(file)).flatMap(([, { inputs }]) => Object.keys(inputs)),
  };
}

test.each(names.map((name) => ({ name })))(
  '$name has all its code, less than 1.5 MB, and needs nothing but Node',
  ({ name }) => {
    const { bytes, external, inputs } = bundle(name);
    expect(bytes).toBeLessThan(BYTES_MAX);
    expect(external.filter((path) => !/^(node:)?[a-z][a-z_/]*\d?$/.test(path))).toEqual([]);
    expect(inputs.filter((input) => /^(bin|lib|adapters\/local)\/|node_modules\/aws-cdk/.test(input))).toEqual([]);
  },
);

test('no bundle has a client of AWS that it does not use, and the API has the fewest', () => {
  const bundles = names.map((name) => ({ name, inputs: bundle(name).inputs.join('\n') }));
  const having = (client: string) =>
    bundles.filter(({ inputs }) => inputs.includes(`@aws-sdk/client-${client}/`)).map(({ name }) => name);
  // The tick stops orphans, and builds register the task definitions of new slugs.
  expect(having('ecs')).toEqual(['builds', 'reconcile', 'tick']);
  expect(having('ec2')).toEqual(['reconcile']);
  expect(having('codebuild')).toEqual(['builds']);
  expect(having('acm')).toEqual(['certificates']);
  expect(having('elastic-load-balancing-v2')).toEqual(['certificates']);
});

test('the API can answer before it has loaded what few requests need', () => {
  const { inputs, firstInputs } = bundle('api');
  const rare = /@aws-sdk\/(client-s3|client-kms|s3-request-presigner|nested-clients)\//;
  expect(inputs.filter((input) => rare.test(input))).not.toEqual([]);
  expect(firstInputs).not.toEqual([]);
  expect(firstInputs.filter((input) => rare.test(input))).toEqual([]);
});

test('a bundle is the same wherever it is written, and its maps name no machine', () => {
  const written = (at: string) => {
    bundleFunction('lambdas/task-events/index.ts', at);
    return Object.fromEntries(readdirSync(at).map((file) => [file, readFileSync(join(at, file), 'utf8')]));
  };
  const [here, there] = [written(join(directory, 'here')), written(join(directory, 'much/deeper/there'))];
  expect(there).toEqual(here);
  const sources = Object.entries(here)
    .filter(([file]) => file.endsWith('.map'))
    .flatMap(([, text]) => (JSON.parse(text) as { readonly sources: readonly string[] }).sources);
  expect(sources).toContain('../lambdas/task-events/index.ts');
  expect(sources.filter((source) => !source.startsWith('../'))).toEqual([]);
});
