import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { bundleFunction } from './bundle-function.ts';
import { withKeptOutput } from './kept-output.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Files besides the sources that change a bundle: options, versions of packages, how names are resolved. */
const DECISIVE = ['lib/control/bundle-function.ts', 'package-lock.json', 'package.json', 'tsconfig.json'];

/**
 * Calls `use` with a function's bundled code; for a stack that is not deployed, with its source. Bundling all functions would
 * take half of a synthesis, so a bundle is kept until one of its files changes.
 */
export function withFunctionCode<T>(scope: Construct, folder: string, use: (code: Code) => T): T {
  if (!Stack.of(scope).bundlingRequired) return use(Code.fromAsset(path.join(root, 'lambdas', folder)));
  return withKeptOutput(
    {
      cache: path.join(root, '.cache/bundles'),
      name: folder,
      root,
      make: (directory) => [
        ...DECISIVE,
        ...Object.keys(bundleFunction(`lambdas/${folder}/index.ts`, directory).inputs),
      ],
    },
    // The CDK copies the directory when the function is made.
    (directory) => use(Code.fromAsset(directory)),
  );
}
