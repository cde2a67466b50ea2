import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';
import type { PlatformClient } from './platform-client.ts';
import type { Build } from './shapes.ts';
import { upload } from './streams.ts';

/** Uploads the files of a directory without subdirectories, and starts their build. */
export async function buildDirectory(
  client: PlatformClient,
  appName: string,
  directory: string,
  description?: string,
): Promise<Build> {
  const { source_blob: source } = await client.createSource(appName);
  const content = await tarball(directory);
  await upload(source.put_url, Readable.from([content]), content.length);
  return client.createBuild(appName, {
    url: source.get_url,
    ...(description === undefined ? {} : { version_description: description }),
  });
}

async function tarball(directory: string): Promise<Buffer> {
  const archive = pack();
  for (const name of readdirSync(directory)) archive.entry({ name }, readFileSync(path.join(directory, name)));
  archive.finalize();
  return buffer(archive.pipe(createGzip()));
}
