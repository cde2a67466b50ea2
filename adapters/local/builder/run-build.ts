import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, mkdir, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseProcfile } from '../../../core/build/procfile.ts';
import { readAppManifest } from '../../../core/manifest/app-manifest.ts';
import type { Blobs } from '../../../core/ports/blobs.ts';
import type { BuildOrder, BuildOutcome } from '../../../core/ports/builder.ts';
import type { Slug } from '../../../core/records/slug.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import { findAppManifest } from './app-manifest.ts';
import type { BuildCache } from './build-cache.ts';
import type { BuildFailure } from './build-failure.ts';
import type { BuildOutput } from './build-output.ts';
import { BuildpackRunner } from './buildpack-runner.ts';
import { type ChosenBuildpack, chooseBuildpacks, shown } from './choose-buildpacks.ts';
import { cleanSource, readRegularFile } from './clean-source.ts';
import { fetchSource } from './fetch-source.ts';
import { gzipBlocks } from './gzip-blocks.ts';
import type { Reach } from './public-download.ts';
import { scriptEnvironment, writeEnvironmentDirectory } from './script-environment.ts';
import { listSlug, packSlug } from './slug-archive.ts';

export interface BuildLimits {
  readonly sourceBytesMax: number;
  /** Heroku Dev Center, "Slug Compiler": 500 MB, compressed. */
  readonly slugBytesMax: number;
  readonly outputBytesMax: number;
}

export interface BuildRun {
  readonly order: BuildOrder;
  /** This build's own directory, empty. */
  readonly directory: string;
  readonly blobs: Blobs;
  readonly cache: BuildCache;
  readonly output: BuildOutput;
  readonly shippedDirectory: string;
  readonly reach: Reach;
  readonly limits: BuildLimits;
  readonly signal: AbortSignal;
  readonly nowMs: () => number;
  /** Called as soon as the framework is known: the message of a build that is cut off names it. */
  readonly onFramework: (name: string) => void;
}

type Succeeded = Extract<BuildOutcome, { status: 'succeeded' }>;

/** 2000-01-01: an older time in a source is a placeholder of the tool that packed it. */
const PLAUSIBLE_MTIME_MS = 946_684_800_000;
const PROCFILE_BYTES_MAX = 1024 * 1024;

/** One build from the source to the stored slug. Returns expected failures; the caller writes them to the output. */
export async function runBuild(run: BuildRun): Promise<Result<Succeeded, BuildFailure>> {
  const { order, output, signal } = run;
  const inside = (name: string) => join(run.directory, name);
  const directories = { app: inside('app'), cache: inside('cache'), environment: inside('environment') };
  const [fetched] = await Promise.all([
    fetchSource(
      { order, blobs: run.blobs, reach: run.reach, bytesMax: run.limits.sourceBytesMax, signal },
      directories.app,
    ),
    run.cache.checkOut(order.appId, directories.cache, signal),
    writeEnvironmentDirectory(directories.environment, order.config),
    ...['home', 'tmp', 'buildpacks'].map((name) => mkdir(inside(name), { mode: 0o700 })),
  ]);
  if (!fetched.ok) return fetched;
  const newestMtimeMs = await newestMtime(directories.app, run.nowMs());
  const manifest = readAppManifest(await findAppManifest(directories.app));
  if (!manifest.ok) return err({ message: manifest.error });
  for (const warning of manifest.value.warnings) output.problem(`Warning: ${warning}`);
  for (const warning of await cleanSource(directories.app)) output.problem(`Warning: ${warning}`);

  const environment = scriptEnvironment({
    home: inside('home'),
    temporaryDirectory: inside('tmp'),
    stack: order.stack,
    sourceVersion: order.sourceVersion,
  });
  const runner = new BuildpackRunner(directories, environment, output, signal);
  const chosen = await chooseBuildpacks({
    buildpacks: order.buildpacks,
    directory: inside('buildpacks'),
    fetch: { shippedDirectory: run.shippedDirectory, reach: run.reach, environment, signal },
    runner,
    output,
  });
  if (!chosen.ok) return chosen;
  const compiled = await compileAll(run, runner, chosen.value);
  if (!compiled.ok) return compiled;
  const processTypes = await discoverProcessTypes(directories.app, compiled.value.defaultTypes, output);
  const cron = manifest.value.jobs;
  if (cron.length > 0) output.detail(`app.json declares jobs  -> ${cron.map(({ name }) => name).join(', ')}`);

  output.blank();
  output.step('Compressing...');
  const slug = await storeSlug(run, directories.app, newestMtimeMs);
  if (!slug.ok) return slug;
  output.detail(`Done: ${sizeText(slug.value.sizeBytes)}`);
  if (!signal.aborted) await run.cache.checkIn(order.appId, directories.cache);
  const buildpacks = chosen.value.map((buildpack) => buildpack.name);
  const buildpackDescription = compiled.value.framework;
  return ok({
    status: 'succeeded',
    slug: { ...slug.value, processTypes, buildpackDescription, buildpacks, ...(cron.length > 0 ? { cron } : {}) },
  });
}

interface Compiled {
  /** Framework and default types are those of the last buildpack. */
  readonly framework: string;
  readonly defaultTypes: Readonly<Record<string, string>>;
}

async function compileAll(
  run: BuildRun,
  runner: BuildpackRunner,
  buildpacks: readonly ChosenBuildpack[],
): Promise<Result<Compiled, BuildFailure>> {
  const { output } = run;
  let framework = '';
  let defaultTypes: Readonly<Record<string, string>> = {};
  for (const buildpack of buildpacks) {
    const detection =
      buildpack.framework === undefined
        ? await runner.detect(buildpack.directory)
        : { detected: true, text: buildpack.framework };
    if (!detection.detected) return err(notCompatible(buildpack.name, detection.text));
    framework = detection.text.split('\n', 1)[0] ?? '';
    run.onFramework(framework);
    output.step(`${framework} app detected`);
    const status = await runner.compile(buildpack.directory);
    if (status !== 0) {
      const message = `Push rejected, failed to compile ${framework} app.`;
      output.blank();
      return err({ message });
    }
    const types = await runner.defaultProcessTypes(buildpack.directory);
    if (types === undefined)
      return err({ message: `The buildpack ${shown(buildpack.name)} has a broken bin/release.` });
    defaultTypes = types;
  }
  return ok({ framework, defaultTypes });
}

function notCompatible(name: string, said: string): BuildFailure {
  const message = `App not compatible with buildpack: ${shown(name)}`;
  return {
    message,
    lines: [
      `-----> ${message}`,
      ...said
        .split('\n')
        .filter(Boolean)
        .map((line) => `       ${line}`),
      '       More info: https://devcenter.heroku.com/articles/buildpacks#detection-failure',
      '',
    ],
  };
}

/** The Procfile's types override the buildpack's. */
async function discoverProcessTypes(
  directory: string,
  defaults: Readonly<Record<string, string>>,
  output: BuildOutput,
): Promise<Readonly<Record<string, string>>> {
  const text = await readRegularFile(join(directory, 'Procfile'), PROCFILE_BYTES_MAX);
  const { processTypes, warnings } = parseProcfile(text ?? '');
  const declared = Object.keys(processTypes);
  const added = Object.keys(defaults).filter((type) => !declared.includes(type));
  const list = declared.length === 0 ? '(none)' : declared.join(', ');
  output.step('Discovering process types');
  if (added.length === 0) output.detail(`Procfile declares types -> ${list}`);
  else {
    output.detail(`Procfile declares types     -> ${list}`);
    output.detail(`Default types for buildpack -> ${added.join(', ')}`);
  }
  for (const warning of warnings) output.problem(`Warning: ${warning}`);
  return { ...defaults, ...processTypes };
}

type StoredSlug = Pick<Slug, 'artifact' | 'sizeBytes' | 'checksum'>;

async function storeSlug(run: BuildRun, app: string, newestMtimeMs: number): Promise<Result<StoredSlug, BuildFailure>> {
  const { blobs, limits, signal } = run;
  const entries = await listSlug(app);
  if (!entries.ok) return err({ message: `The slug contains a symbolic link that leads out of it: ${entries.error}` });
  const path = join(run.directory, 'slug.tgz');
  const file = await open(path, 'wx', 0o600);
  const hash = createHash('sha256');
  let sizeBytes = 0;
  try {
    for await (const block of gzipBlocks(packSlug(app, entries.value, newestMtimeMs))) {
      signal.throwIfAborted();
      sizeBytes += block.length;
      // Too large: only the size is counted on, for the message.
      if (sizeBytes > limits.slugBytesMax) continue;
      hash.update(block);
      await file.write(block);
    }
  } finally {
    await file.close();
  }
  if (sizeBytes > limits.slugBytesMax) return err(tooLarge(sizeBytes, limits.slugBytesMax));
  const sha256 = hash.digest('hex');
  const blobKey = `slugs/${sha256}`;
  // The same content is stored once, for all apps.
  if ((await blobs.size(blobKey)) !== sizeBytes) await blobs.put(blobKey, createReadStream(path), limits.slugBytesMax);
  return ok({ artifact: { kind: 'tarball', blobKey }, sizeBytes, checksum: `SHA256:${sha256}` });
}

function tooLarge(sizeBytes: number, limitBytes: number): BuildFailure {
  const message = `Compiled slug size: ${sizeText(sizeBytes)} is too large (max is ${wholeMegabytes(limitBytes)}M).`;
  return { message, lines: [message, 'See: http://devcenter.heroku.com/articles/slug-size'] };
}

/** Of the files at the top: tarballs of a push and of GitHub give all files the commit's time. */
async function newestMtime(directory: string, nowMs: number): Promise<number> {
  const names = await readdir(directory);
  const found = await Promise.all(names.map((name) => lstat(join(directory, name))));
  const newest = Math.max(0, ...found.filter((stats) => stats.isFile()).map((stats) => stats.mtimeMs));
  return newest > PLAUSIBLE_MTIME_MS ? newest : nowMs;
}

const MEGABYTE = 1024 * 1024;
const wholeMegabytes = (bytes: number) => Math.round(bytes / MEGABYTE);

function sizeText(bytes: number): string {
  return bytes < MEGABYTE ? `${(bytes / 1024).toFixed(1)}K` : `${(bytes / MEGABYTE).toFixed(1)}M`;
}
