import { join } from 'node:path';
import { SHIPPED_BUILDPACKS } from '../../../core/build/buildpack.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import type { BuildFailure } from './build-failure.ts';
import type { BuildOutput } from './build-output.ts';
import type { BuildpackRunner } from './buildpack-runner.ts';
import { type BuildpackFetch, fetchBuildpack, shippedDirectory } from './fetch-buildpack.ts';

export interface ChosenBuildpack {
  /** As shown in the app's buildpack installations. */
  readonly name: string;
  /** This build's own copy. */
  readonly directory: string;
  /** Already known if detection has found it. */
  readonly framework?: string;
}

export interface Choice {
  /** As set for the app; empty: detect. */
  readonly buildpacks: readonly string[];
  /** Where copies are made. */
  readonly directory: string;
  readonly fetch: BuildpackFetch;
  readonly runner: BuildpackRunner;
  readonly output: BuildOutput;
}

export async function chooseBuildpacks(choice: Choice): Promise<Result<readonly ChosenBuildpack[], BuildFailure>> {
  return choice.buildpacks.length === 0 ? detectBuildpack(choice) : fetchBuildpacks(choice);
}

async function detectBuildpack(choice: Choice): Promise<Result<readonly ChosenBuildpack[], BuildFailure>> {
  choice.output.step('Determining which buildpack to use for this app');
  // In the order in which the core lists them; the plain Procfile is last.
  for (const { name } of SHIPPED_BUILDPACKS) {
    const { detected, text } = await choice.runner.detect(shippedDirectory(choice.fetch, name));
    if (!detected) continue;
    const copy = join(choice.directory, '0');
    const fetched = await fetchBuildpack(name, copy, choice.fetch);
    if (!fetched.ok) throw new Error(`The shipped buildpack ${name} is broken: ${fetched.error}`);
    return ok([{ name, directory: copy, framework: text }]);
  }
  return err({
    message: 'No default language could be detected for this app.',
    lines: [
      'No default language could be detected for this app.',
      '                        HINT: This occurs when Heroku cannot detect the buildpack to use for this application automatically.',
      '                        See https://devcenter.heroku.com/articles/buildpacks',
    ],
  });
}

async function fetchBuildpacks(choice: Choice): Promise<Result<readonly ChosenBuildpack[], BuildFailure>> {
  const names = choice.buildpacks;
  if (names.length === 1) choice.output.step(`Using buildpack: ${shown(names[0] ?? '')}`);
  else {
    choice.output.step('Using buildpacks:');
    names.forEach((name, index) => {
      choice.output.detail(`${index + 1}. ${shown(name)}`);
    });
  }
  const chosen: ChosenBuildpack[] = [];
  for (const [index, name] of names.entries()) {
    const directory = join(choice.directory, String(index));
    const fetched = await fetchBuildpack(name, directory, choice.fetch);
    if (!fetched.ok) return err({ message: `Couldn't fetch the buildpack ${shown(name)}: ${fetched.error}.` });
    chosen.push({ name, directory });
  }
  return ok(chosen);
}

/** Without the parts of a URL that may hold its permission: before the host, and after a question mark. */
export function shown(name: string): string {
  return name.replace(/^(https?:\/\/)[^/@]*@/i, '$1').replace(/\?[^#]*/, '');
}
