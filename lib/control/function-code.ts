import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { bundleFunction } from './bundle-function.ts';

const lambdas = fileURLToPath(new URL('../../lambdas', import.meta.url));

/** Calls `use` with the code of a function, bundled; of a stack that is not to be deployed, with its source. */
export function withFunctionCode<T>(scope: Construct, folder: string, use: (code: Code) => T): T {
  const source = path.join(lambdas, folder);
  if (!Stack.of(scope).bundlingRequired) return use(Code.fromAsset(source));
  const directory = mkdtempSync(path.join(tmpdir(), 'function-'));
  try {
    bundleFunction(`lambdas/${folder}/index.ts`, directory);
    // The CDK copies what it is given when the function is made.
    return use(Code.fromAsset(directory));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
