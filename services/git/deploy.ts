import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { PlatformClient } from '../../client/platform-client.ts';
import { readOutput, upload } from '../../client/streams.ts';
import { archiveCommit, commitSubject, measureCheckout, type ObjectSource } from './commit.ts';

/** Heroku Dev Center, "Limits": uncompressed checkout. */
const CHECKOUT_BYTES_MAX = 1024 ** 3;
/** Pause between two polls of a build or release while its output has ended or not begun. */
const POLL_MS = 20;
const POLL_MS_MAX = 1_000;

export interface Deploy {
  readonly client: PlatformClient;
  readonly appName: string;
  readonly source: ObjectSource;
  readonly commit: string;
  /** Where the source tarball is kept until its upload. */
  readonly temporaryDirectory: string;
  /** Writes to the pusher's terminal. */
  readonly say: (text: string | Buffer) => Promise<void>;
}

/** Builds and releases one pushed commit and shows the pusher the progress. False: refuse the push. */
export async function deployCommit(deploy: Deploy): Promise<boolean> {
  const { client, appName, source, commit, say } = deploy;
  const [subject, checkout, sources] = await Promise.all([
    commitSubject(source, commit),
    measureCheckout(source, commit).catch(() => undefined),
    client.createSource(appName),
  ]);
  if (subject === undefined || checkout === undefined) return reject(deploy, `${commit} is not a commit.`);
  if (checkout.bytes > CHECKOUT_BYTES_MAX) {
    const mebibytes = Math.ceil(checkout.bytes / 1024 ** 2);
    return reject(deploy, `Your checkout has ${mebibytes} MB, the limit is 1 GB (1024 MB).`);
  }
  await say(`Updated ${checkout.files} paths from ${commit.slice(0, 7)}\nCompressing source files... `);
  await uploadCommit(deploy, sources.source_blob.put_url);
  await say('done.\nBuilding source:\n\n');
  if (checkout.submodules > 0) {
    await say(' !     Warning: submodules are not fetched: their directories are empty in this build.\n');
  }
  let build = await client.createBuild(appName, {
    url: sources.source_blob.get_url,
    version: commit,
    version_description: subject,
  });
  build = await follow(build.output_stream_url, say, () => client.build(appName, build.id));
  if (build.status !== 'succeeded') {
    await say(`Verifying deploy....\n\n!\tPush rejected to ${appName}.\n\n`);
    return false;
  }
  await say('Verifying deploy... done.\n');
  if (build.release !== null) await followReleasePhase(deploy, build.release.id);
  return true;
}

async function reject({ say, appName }: Deploy, reason: string): Promise<false> {
  await say(` !     ${reason}\n\n!\tPush rejected to ${appName}.\n\n`);
  return false;
}

async function uploadCommit({ source, commit, temporaryDirectory }: Deploy, putUrl: string): Promise<void> {
  const path = join(temporaryDirectory, `${randomUUID()}.tgz`);
  try {
    const sizeBytes = await archiveCommit(source, commit, path);
    await upload(putUrl, createReadStream(path), sizeBytes);
  } finally {
    await rm(path, { force: true });
  }
}

/** The code is deployed at this point: the push succeeds whatever the release command does. */
async function followReleasePhase({ client, appName, say }: Deploy, releaseId: string): Promise<void> {
  const created = await client.release(appName, releaseId);
  if (created.output_stream_url === null) return;
  await say('Running release command....\n\n');
  const release = await follow(created.output_stream_url, say, () => client.release(appName, releaseId));
  if (release.status === 'succeeded') return say('Waiting for release.... done.\n');
  await say('Waiting for release.... failed.\n');
  await say(
    ` !   Release command failed: v${release.version} was not released; the app stays on its current release.\n`,
  );
}

/**
 * Copies an output stream to the pusher until its build or release is no longer pending and all output was read. Resumes
 * where a stream broke.
 */
async function follow<T extends { readonly status: string }>(
  url: string,
  say: Deploy['say'],
  look: () => Promise<T>,
): Promise<T> {
  let offset = 0;
  let pollMs = POLL_MS;
  let state: T | undefined;
  for (;;) {
    const before = offset;
    const complete = await readOutput(url, offset, (chunk) => {
      offset += chunk.length;
      return say(chunk);
      // The stream broke, perhaps because the platform restarted: the status decides how to go on.
    }).catch(() => false);
    // The output may have begun and ended since the last try: it is read once more after the status is final.
    if (state !== undefined && state.status !== 'pending') return state;
    state = await look();
    if (state.status === 'pending') {
      if (offset > before) pollMs = POLL_MS;
      await delay(pollMs);
      pollMs = Math.min(pollMs * 2, POLL_MS_MAX);
    } else if (complete) return state;
  }
}
