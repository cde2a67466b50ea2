import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import { findShippedBuildpack } from '../../../core/build/buildpack.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import { extractTarGzip } from '../../../services/archive/extract-tar.ts';
import { openDownload, type Reach, vetUrl } from './public-download.ts';
import { runScript } from './run-script.ts';

const BUILDPACK_BYTES_MAX = 256 * 1024 * 1024;
const BUILDPACK_ENTRIES_MAX = 50_000;

export interface BuildpackFetch {
  readonly shippedDirectory: string;
  readonly reach: Reach;
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/**
 * Copies a buildpack (a shipped name, an absolute path, a git or `.tgz` URL) into `directory`. Each build has its own copy,
 * because a buildpack may write an `export` file next to its scripts.
 */
export async function fetchBuildpack(
  buildpack: string,
  directory: string,
  settings: BuildpackFetch,
): Promise<Result<void, string>> {
  const fetched =
    findShippedBuildpack(buildpack) !== undefined
      ? await copyBuildpack(shippedDirectory(settings, buildpack), directory)
      : isAbsolute(buildpack)
        ? await copyBuildpack(buildpack, directory)
        : /^https?:\/\//i.test(buildpack)
          ? await fetchFromUrl(buildpack, directory, settings)
          : err('it is not a buildpack of this platform, an absolute path, or an https:// URL');
  if (!fetched.ok) return fetched;
  const detect = await stat(join(directory, 'bin', 'detect')).catch(() => undefined);
  return detect?.isFile() ? ok(undefined) : err('it has no bin/detect');
}

/** The directory of `heroku/nodejs` is `heroku-nodejs`. */
export function shippedDirectory(settings: Pick<BuildpackFetch, 'shippedDirectory'>, name: string): string {
  return join(settings.shippedDirectory, name.replace('/', '-'));
}

async function copyBuildpack(from: string, directory: string): Promise<Result<void, string>> {
  const found = await stat(from).catch(() => undefined);
  if (!found?.isDirectory()) return err('there is no such directory');
  const history = join(from, '.git');
  await cp(from, directory, { recursive: true, filter: (path) => path !== history });
  return ok(undefined);
}

async function fetchFromUrl(text: string, directory: string, settings: BuildpackFetch): Promise<Result<void, string>> {
  const [url = '', branch] = text.split('#', 2);
  if (/\.(tgz|tar\.gz)$/.test(url)) return fetchTarball(url, directory, settings);
  return cloneBuildpack(url, branch, directory, settings);
}

async function fetchTarball(url: string, directory: string, settings: BuildpackFetch): Promise<Result<void, string>> {
  const download = await openDownload(url, settings.reach, settings.signal);
  if (!download.ok) return download;
  const unpacked = `${directory}.unpacked`;
  await mkdir(unpacked, { recursive: true });
  const limits = { maxBytes: BUILDPACK_BYTES_MAX, maxEntries: BUILDPACK_ENTRIES_MAX };
  const extracted = await extractTarGzip(download.value, unpacked, limits).catch(() => undefined);
  if (extracted === undefined) return err('the download was interrupted');
  if (!extracted.ok) return err(extracted.error.message);
  const names = await readdir(unpacked);
  const top = names.length === 1 && names[0] !== 'bin' ? join(unpacked, names[0] ?? '') : unpacked;
  await rename(top, directory);
  await rm(unpacked, { recursive: true, force: true });
  return ok(undefined);
}

/**
 * A shallow clone that can only reach the vetted addresses: git gets the address of the name, may use no protocol but https,
 * and does not follow redirects.
 */
async function cloneBuildpack(
  text: string,
  branch: string | undefined,
  directory: string,
  { reach, environment, signal }: BuildpackFetch,
): Promise<Result<void, string>> {
  const vetted = await vetUrl(text, reach);
  if (!vetted.ok) return vetted;
  const { url, addresses } = vetted.value;
  if (url.protocol !== 'https:') return err('git buildpacks can only be cloned from https:// URLs');
  if (!(await gitPinsAddresses())) return err('cloning buildpacks needs git 2.37 or newer on this machine');
  if (branch !== undefined && !/^[\w][\w./-]{0,200}$/.test(branch)) return err('the branch name is not valid');
  const port = url.port === '' ? '443' : url.port;
  const pinned = `${url.hostname}:${port}:${addresses.map(({ address }) => bracketed(address)).join(',')}`;
  const settings = ['http.followRedirects=false', `http.curloptResolve=${pinned}`, 'credential.helper='];
  const said: string[] = [];
  const status = await runScript({
    command: [
      'git',
      ...settings.flatMap((setting) => ['-c', setting]),
      'clone',
      '--quiet',
      '--depth=1',
      ...(branch === undefined ? [] : [`--branch=${branch}`]),
      '--',
      url.href,
      directory,
    ],
    directory: '/',
    environment: {
      ...environment,
      GIT_ALLOW_PROTOCOL: 'https',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_TERMINAL_PROMPT: '0',
    },
    onOutput: (chunk) => said.push(chunk.toString()),
    signal,
  });
  if (status === 0) return ok(undefined);
  const reason = /^fatal: (.*)$/m.exec(said.join(''))?.[1] ?? `git clone ended with ${status}`;
  return err(reason.slice(0, 300));
}

const bracketed = (address: string) => (address.includes(':') ? `[${address}]` : address);

/** Older versions ignore `http.curloptResolve`, and would resolve the name again. */
async function gitPinsAddresses(): Promise<boolean> {
  const { stdout } = await promisify(execFile)('git', ['--version']);
  const [, major, minor] = /(\d+)\.(\d+)/.exec(stdout) ?? [];
  return Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 37);
}
