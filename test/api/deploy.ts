import { completeBuild } from '../../core/build/complete-build.ts';
import type { CronJob } from '../../core/records/cron-job.ts';
import { tarball } from '../artifacts.ts';
import type { Answered, ApiFixture, Principal } from './api-fixture.ts';

export interface Deployment {
  readonly processTypes: Readonly<Record<string, string>>;
  readonly version?: string;
  readonly description?: string;
  /** The `cron` list of its `app.json`, as the builder passes it on. */
  readonly cron?: readonly CronJob[];
}

const SLUG_BYTES = Buffer.from('a slug');

/** Uploads a source, orders its build, and lets it succeed as a builder would. Returns the finished build. */
export async function deploy(
  fixture: ApiFixture,
  { token }: Principal,
  appName: string,
  deployment: Deployment,
): Promise<Answered['body']> {
  const build = await startBuild(fixture, token, appName, deployment);
  const order = fixture.buildOrders.find(({ buildId }) => buildId === build.id);
  if (order === undefined) throw new Error('the builder got no order');
  const blobKey = `slugs/${build.id}`;
  const { sizeBytes, sha256 } = await fixture.platform.blobs.put(blobKey, chunks(SLUG_BYTES), 1_000);
  await completeBuild(fixture.platform, order.appId, order.buildId, {
    status: 'succeeded',
    slug: {
      artifact: tarball(blobKey),
      sizeBytes,
      checksum: `SHA256:${sha256}`,
      processTypes: deployment.processTypes,
      buildpackDescription: 'Node.js',
      buildpacks: ['heroku/nodejs'],
      ...(deployment.cron === undefined ? {} : { cron: deployment.cron }),
    },
  });
  return (await fixture.request('GET', `/apps/${appName}/builds/${build.id}`, { token })).body;
}

/** A pending build of an uploaded source. */
export async function startBuild(
  fixture: ApiFixture,
  token: string,
  appName: string,
  { version = '58d1fdd258d1fdd258d1fdd258d1fdd258d1fdd2', description }: Partial<Deployment> = {},
): Promise<Answered['body']> {
  const url = await uploadedSource(fixture, token);
  const answer = await fixture.request('POST', `/apps/${appName}/builds`, {
    token,
    body: { source_blob: { url, version, ...(description === undefined ? {} : { version_description: description }) } },
  });
  if (answer.status !== 201) throw new Error(`POST builds: ${answer.status} ${answer.text}`);
  return answer.body;
}

/** The `get_url` of a source that has content. */
export async function uploadedSource(fixture: ApiFixture, token: string): Promise<string> {
  const source = await fixture.request('POST', '/sources', { token });
  const url: string = source.body.source_blob.get_url;
  const key = fixture.platform.signer.verify('blob-GET', url.split('/').at(-1) ?? '', fixture.clock.nowMs());
  if (key === undefined) throw new Error('get_url is not signed');
  await fixture.platform.blobs.put(key, chunks(Buffer.from('a source')), 1_000);
  return url;
}

export async function* chunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** The log as the user sees it, without times. */
export function logOf(fixture: ApiFixture): readonly string[] {
  return fixture.logLines.map(({ source, process, message }) => `${source}[${process}]: ${message}`);
}

/** The whole content of an ended stream; reading one that has not ended would wait forever. */
export async function outputOf({ platform }: Pick<ApiFixture, 'platform'>, streamId: string): Promise<string> {
  const patience = AbortSignal.timeout(5_000);
  const parts: Uint8Array[] = [];
  for await (const part of platform.outputs.read(streamId, 0, patience) ?? []) parts.push(part);
  const text = Buffer.concat(parts).toString();
  if (patience.aborted) throw new Error(`the stream has not ended behind ${JSON.stringify(text)}`);
  return text;
}
