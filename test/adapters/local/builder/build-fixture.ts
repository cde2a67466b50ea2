import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import { extract, type Header, pack } from 'tar-stream';
import { HmacSigner } from '../../../../adapters/hmac-signer.ts';
import { openLocalBlobs } from '../../../../adapters/local/blobs.ts';
import { createLocalBuilder, type LocalBuilderSettings } from '../../../../adapters/local/builder/local-builder.ts';
import { LocalOutputStreams } from '../../../../adapters/local/output-streams.ts';
import type { BuildOrder, BuildOutcome } from '../../../../core/ports/builder.ts';
import { IGNORED_PROBLEMS } from '../../../problems.ts';

export type Entries = Readonly<Record<string, string | Buffer | (Partial<Header> & { content?: string })>>;

export interface Built {
  readonly outcome: BuildOutcome;
  readonly output: string;
}

const MTIME = new Date('2026-03-01T10:00:00Z');

/** A gzip'ed tarball of these files; an object sets the header itself. */
export async function tarball(entries: Entries): Promise<Buffer> {
  const archive = pack();
  for (const [name, entry] of Object.entries(entries)) {
    if (typeof entry === 'string' || Buffer.isBuffer(entry)) archive.entry({ name, mtime: MTIME }, entry as string);
    else archive.entry({ mtime: MTIME, ...entry, name }, entry.content ?? '');
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return gzipSync(Buffer.concat(chunks), { level: 1 });
}

/** Path → content (`-> target` for a link) of a slug, without directories. */
export async function unpack(slug: Buffer): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  const archive = extract();
  archive.end(gunzipSync(slug));
  for await (const entry of archive) {
    const { name, type, linkname } = entry.header;
    if (type === 'file') files[name] = await text(entry);
    else {
      if (type === 'symlink') files[name] = `-> ${linkname}`;
      entry.resume();
    }
  }
  return files;
}

export async function openBuildFixture(settings: Partial<LocalBuilderSettings> = {}) {
  // Resolved, because macOS's temporary directory is a link and processes see the real path.
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'dynoform-build-')));
  const blobs = await openLocalBlobs({
    directory: join(directory, 'blobs'),
    apiUrl: 'http://localhost:5000',
    signer: new HmacSigner(Buffer.alloc(32)),
  });
  const outputs = new LocalOutputStreams({ directory: join(directory, 'outputs'), problems: IGNORED_PROBLEMS });
  const reported: string[] = [];
  const builder = createLocalBuilder({
    dataDirectory: directory,
    blobs,
    outputs,
    shippedBuildpacksDirectory: join(process.cwd(), 'buildpacks'),
    problems: { report: (message, cause) => reported.push(`${message} ${String(cause)}`) },
    now: Date.now,
    ...settings,
  });
  const waiting = new Map<string, (outcome: BuildOutcome) => void>();
  builder.onOutcome(async (_appId, buildId, outcome) => waiting.get(buildId)?.(outcome));

  async function readOutput(streamId: string): Promise<string> {
    await outputs.end(streamId);
    const stream = outputs.read(streamId, 0, new AbortController().signal);
    return stream === undefined ? '' : text(stream);
  }

  /** Starts a build and returns at once; `ended` resolves with its outcome and output. */
  async function start(entries: Entries | Buffer, order: Partial<BuildOrder> = {}) {
    const buildId = randomUUID();
    const blobKey = `sources/${buildId}`;
    const content = Buffer.isBuffer(entries) ? entries : await tarball(entries);
    await blobs.put(
      blobKey,
      (async function* () {
        yield content;
      })(),
      2 ** 30,
    );
    const outcome = new Promise<BuildOutcome>((resolve) => waiting.set(buildId, resolve));
    await builder.start({
      appId: 'app-1',
      appName: 'shop',
      buildId,
      stack: 'heroku-24',
      source: { blobKey },
      buildpacks: [],
      config: {},
      outputStreamId: buildId,
      deadlineMs: Date.now() + 60_000,
      ...order,
    });
    const ended = outcome.then(
      async (known): Promise<Built> => ({ outcome: known, output: await readOutput(buildId) }),
    );
    return { buildId, ended };
  }

  return {
    directory,
    blobs,
    outputs,
    builder,
    reported,
    start,
    build: async (entries: Entries | Buffer, order?: Partial<BuildOrder>): Promise<Built> =>
      (await start(entries, order)).ended,
    /** What has been written so far. */
    async outputSoFar(streamId: string): Promise<string> {
      const controller = new AbortController();
      const stream = outputs.read(streamId, 0, controller.signal);
      const timer = setTimeout(() => controller.abort(), 50);
      const known = stream === undefined ? '' : await text(stream);
      clearTimeout(timer);
      return known;
    },
    async slugFiles({ outcome }: Built): Promise<Record<string, string>> {
      if (outcome.status !== 'succeeded') throw new Error(outcome.message);
      const chunks: Uint8Array[] = [];
      for await (const chunk of (await blobs.get(outcome.slug.artifact.blobKey)) ?? []) chunks.push(chunk);
      return unpack(Buffer.concat(chunks));
    },
    /** Makes a buildpack of these scripts and returns its absolute path. */
    buildpack(scripts: Readonly<Record<string, string>>): string {
      const path = mkdtempSync(join(directory, 'buildpack-'));
      for (const [name, script] of Object.entries({ 'bin/detect': 'echo Test', ...scripts })) {
        mkdirSync(dirname(join(path, name)), { recursive: true });
        writeFileSync(join(path, name), `#!/usr/bin/env bash\n${script}\n`);
        chmodSync(join(path, name), 0o755);
      }
      return path;
    },
    async close() {
      await builder.close();
      rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Polls until the condition holds; the timeout makes a broken one fail instead of hang. */
export async function until(condition: () => boolean | Promise<boolean>, timeoutMs = 15_000): Promise<void> {
  const endMs = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > endMs) throw new Error(`not within ${timeoutMs} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export function isAlive(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch {
    return false;
  }
}
