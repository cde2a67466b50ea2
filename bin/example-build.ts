import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';
import type { Api } from './platform-api.ts';

export interface ExampleBuild {
  readonly id: string;
  readonly status: string;
  readonly output_stream_url: string;
}

/** Uploads the files of an example and orders their build, as any client would through the HTTP API. */
export async function startExampleBuild(
  api: Api,
  app: string,
  directory: string,
  description?: string,
): Promise<ExampleBuild> {
  const { source_blob: source } = await api<{ source_blob: { put_url: string; get_url: string } }>('POST', '/sources');
  const sent = await fetch(source.put_url, { method: 'PUT', body: await tarball(directory) });
  if (!sent.ok) throw new Error(`the source could not be stored: ${sent.status} ${await sent.text()}`);
  return api<ExampleBuild>('POST', `/apps/${app}/builds`, {
    source_blob: { url: source.get_url, ...(description === undefined ? {} : { version_description: description }) },
  });
}

async function tarball(directory: string): Promise<Buffer> {
  const archive = pack();
  for (const name of readdirSync(directory)) archive.entry({ name }, readFileSync(path.join(directory, name)));
  archive.finalize();
  return buffer(archive.pipe(createGzip()));
}
