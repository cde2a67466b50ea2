import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

const ROOT = join(__dirname, '../..');
const LAMBDAS = join(ROOT, 'lambdas');
const names = readdirSync(LAMBDAS, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

/** As lib/control/platform-function.ts has the CDK bundle them. */
function bundle(name: string) {
  return buildSync({
    entryPoints: [join(LAMBDAS, name, 'index.ts')],
    outfile: 'index.mjs',
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    mainFields: ['module', 'main'],
    minify: true,
    metafile: true,
    write: false,
    logLevel: 'silent',
  });
}

test.each(names.map((name) => ({ name })))(
  '$name is one bundle, of less than 1.5 MB, that needs nothing but Node',
  ({ name }) => {
    const { metafile } = bundle(name);
    const [output] = Object.values(metafile.outputs);
    expect(output?.bytes).toBeLessThan(1.5 * 1024 * 1024);
    const external = (output?.imports ?? []).filter(({ path }) => !/^(node:)?[a-z][a-z_/]*\d?$/.test(path));
    expect(external).toEqual([]);
    const inputs = Object.keys(metafile.inputs);
    expect(inputs.filter((input) => /^(bin|lib|adapters\/local)\/|node_modules\/aws-cdk/.test(input))).toEqual([]);
  },
);

test('only what starts and stops dynos has ECS in its bundle, and the API has neither it nor CodeBuild nor ACM', () => {
  const inputs = Object.keys(bundle('api').metafile.inputs).join('\n');
  expect(inputs).not.toMatch(/@aws-sdk\/client-(ecs|codebuild|acm|ec2|elastic-load-balancing-v2)\//);
});
