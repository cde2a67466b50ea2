import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { isProcessTypeName } from '../../../core/slug/process-types.ts';
import type { BuildOutput } from './build-output.ts';
import { runScript } from './run-script.ts';

export interface BuildDirectories {
  /** BUILD_DIR: becomes the slug. */
  readonly app: string;
  /** CACHE_DIR */
  readonly cache: string;
  /** ENV_DIR */
  readonly environment: string;
}

export interface Detection {
  readonly detected: boolean;
  /** Output of `bin/detect`: the framework's name, or why the buildpack does not fit. */
  readonly text: string;
}

/** Runs the scripts of buildpacks according to Heroku's Buildpack API. */
export class BuildpackRunner {
  readonly #directories: BuildDirectories;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #output: BuildOutput;
  readonly #signal: AbortSignal;
  /** `export` files of the buildpacks that have compiled; sourced before the scripts of the next one. */
  readonly #exports: string[] = [];

  constructor(
    directories: BuildDirectories,
    environment: Readonly<Record<string, string>>,
    output: BuildOutput,
    signal: AbortSignal,
  ) {
    this.#directories = directories;
    this.#environment = environment;
    this.#output = output;
    this.#signal = signal;
  }

  async detect(buildpack: string): Promise<Detection> {
    const { status, text } = await this.#capture([join(buildpack, 'bin', 'detect'), this.#directories.app]);
    return { detected: status === 0, text: text.trim().slice(0, 2000) };
  }

  /** Returns the exit status of `bin/compile`. */
  async compile(buildpack: string): Promise<number> {
    const { app, cache, environment } = this.#directories;
    const lines = this.#output.lines();
    const status = await runScript({
      command: this.#withExports([join(buildpack, 'bin', 'compile'), app, cache, environment]),
      directory: app,
      environment: this.#environment,
      onOutput: lines.push,
      signal: this.#signal,
    });
    lines.end();
    const exported = join(buildpack, 'export');
    if (status === 0 && (await isFile(exported))) this.#exports.push(exported);
    return status;
  }

  /** `default_process_types` of `bin/release`; undefined when it failed or printed no YAML map. */
  async defaultProcessTypes(buildpack: string): Promise<Readonly<Record<string, string>> | undefined> {
    const release = join(buildpack, 'bin', 'release');
    if (!(await isFile(release))) return {};
    const { status, text } = await this.#capture([release, this.#directories.app]);
    return status === 0 ? readDefaultProcessTypes(text) : undefined;
  }

  async #capture(command: readonly string[]): Promise<{ readonly status: number; readonly text: string }> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const status = await runScript({
      command: this.#withExports(command),
      directory: this.#directories.app,
      environment: this.#environment,
      onOutput: (chunk) => {
        bytes += chunk.length;
        if (bytes <= CAPTURED_BYTES_MAX) chunks.push(chunk);
      },
      onError: () => undefined,
      signal: this.#signal,
    });
    return { status, text: Buffer.concat(chunks).toString('utf8') };
  }

  #withExports(command: readonly string[]): readonly string[] {
    if (this.#exports.length === 0) return command;
    const source = 'count=$1; shift; while [ "$count" -gt 0 ]; do . "$1"; shift; count=$((count - 1)); done; exec "$@"';
    return [
      'bash',
      '-c',
      source,
      basename(command[0] ?? ''),
      String(this.#exports.length),
      ...this.#exports,
      ...command,
    ];
  }
}

/** A framework's name, or a few lines of YAML. */
const CAPTURED_BYTES_MAX = 256 * 1024;

function readDefaultProcessTypes(text: string): Readonly<Record<string, string>> | undefined {
  let document: unknown;
  try {
    document = parse(text, { maxAliasCount: 10, logLevel: 'error' });
  } catch {
    return undefined;
  }
  if (document === null || document === undefined) return {};
  if (typeof document !== 'object' || Array.isArray(document)) return undefined;
  const { default_process_types: types } = document as { default_process_types?: unknown };
  if (types === null || types === undefined) return {};
  if (typeof types !== 'object' || Array.isArray(types)) return undefined;
  const known = Object.entries(types).filter(
    (entry): entry is [string, string] =>
      isProcessTypeName(entry[0]) && typeof entry[1] === 'string' && entry[1].trim() !== '',
  );
  return Object.fromEntries(known);
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}
