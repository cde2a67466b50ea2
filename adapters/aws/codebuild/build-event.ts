import * as z from 'zod';
import { failureLines } from '../../../core/build/build-output.ts';
import { appRecord } from '../../../core/records/app.ts';
import type { SlugImage } from '../../../core/records/slug.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import { isUuid } from '../../../core/uuid.ts';
import { capacityClass } from '../ecs-runtime/place.ts';
import { imageBlobKey } from '../ecs-runtime/slug-image.ts';
import { registerTaskDefinitions } from '../ecs-runtime/task-definitions.ts';
import { type BuildsParts, resultKey } from './builds-parts.ts';
import { chooseBuild } from './choose-build.ts';
import { endBuild } from './end-build.ts';
import { type QueuedBuild, queuedBuildRecord } from './queued-build.ts';
import { type BuiltImage, RESULT_BYTES_MAX, readResult } from './result-manifest.ts';
import { noteStarted } from './start-waiting.ts';

/** "CodeBuild Build State Change"; its build id is an ARN, where CodeBuild's answers have `project:uuid`. */
const schema = z.object({
  'build-status': z.string(),
  'build-id': z.string().max(1_000),
  'project-name': z.string(),
  'additional-information': z.object({
    environment: z.object({
      'environment-variables': z.array(z.object({ name: z.string(), value: z.string() })),
    }),
  }),
});

const FAILURES: Readonly<Record<string, string>> = {
  FAILED: 'The build failed.',
  FAULT: 'The build failed because of a CodeBuild fault. Try again.',
  TIMED_OUT: 'The build took too long.',
  STOPPED: 'The build was stopped.',
};

/** Events repeat. Builds of other projects and builds without an order are ignored; an unreadable event is reported. */
export async function buildChanged(parts: BuildsParts, detail: unknown): Promise<void> {
  const { data: event, error } = schema.safeParse(detail);
  if (event === undefined) {
    const flaws = error.issues.map(({ path, message }) => `${path.join('.') || 'the event'}: ${message}`);
    parts.problems.report('could not read an event of CodeBuild', new Error(flaws.join('; ')));
    return;
  }
  if (!isOurs(parts, event['project-name'])) return;
  const variables = event['additional-information'].environment['environment-variables'];
  const buildId = variables.find(({ name }) => name === 'DYNOFORM_BUILD_ID')?.value ?? '';
  const item = isUuid(buildId) ? await queuedBuildRecord.get(parts.store, buildId) : undefined;
  if (item === undefined) return;
  const codeBuildId = event['build-id'].replace(/^arn:.*:build\//, '');
  const { codeBuildId: known } = item.value;
  if (known !== undefined && known !== codeBuildId) return;
  const status = event['build-status'];
  if (status === 'IN_PROGRESS' && item.value.state === 'starting') await noteStarted(parts, buildId, codeBuildId);
  if (status === 'SUCCEEDED') await succeeded(parts, item.value);
  else if (FAILURES[status] !== undefined) await failed(parts, item.value, status);
}

function isOurs({ settings }: BuildsParts, project: string): boolean {
  return Object.values(settings.projects).some((projects) => Object.values(projects).includes(project));
}

async function succeeded(parts: BuildsParts, build: QueuedBuild): Promise<void> {
  if (build.state === 'cancelled')
    return endBuild(parts, build, { status: 'failed', message: 'The build was canceled.' });
  const slug = await readSlug(parts, build);
  if (!slug.ok) {
    parts.outputs.append(build.outputStreamId, failureLines(slug.error));
    return endBuild(parts, build, { status: 'failed', message: slug.error });
  }
  const { artifact } = slug.value;
  const app = await appRecord.getOfAnyVersion(parts.store, build.appId);
  const sizes = app?.value.formation.map(({ size }) => capacityClass(size)) ?? [];
  await registerTaskDefinitions(parts.taskDefinitions, build.appId, artifact, [
    ...new Set([...sizes, 'shared' as const]),
  ]).catch(
    // The first start registers what is missing.
    (error: unknown) =>
      parts.problems.report('could not register task definitions in advance; the first start registers them', error),
  );
  await endBuild(parts, build, { status: 'succeeded', slug: slug.value });
}

/** What the build says of its image is also the slug's blob: a slug without one counts as not uploaded yet. */
async function readSlug(
  parts: BuildsParts,
  build: QueuedBuild,
): Promise<Result<Omit<BuiltImage, 'digest'> & { readonly artifact: SlugImage }, string>> {
  const choice = chooseBuild(parts.settings, build);
  if (!choice.ok) return choice;
  const report = await readReport(parts, build);
  if (!report.ok) return report;
  const image = readResult(report.value);
  if (!image.ok) return image;
  const { digest, ...slug } = image.value;
  const { architecture, kind: origin } = choice.value;
  const blobKey = imageBlobKey({ architecture, origin }, build.buildId);
  await parts.blobs.put(blobKey, once(Buffer.from(report.value)), RESULT_BYTES_MAX);
  return ok({ ...slug, artifact: { kind: 'image', architecture, origin, digest, blobKey } });
}

/** The build script has shown the user why, unless it could not. */
async function failed(parts: BuildsParts, build: QueuedBuild, status: string): Promise<void> {
  const message = FAILURES[status] ?? 'The build failed.';
  const report = status === 'FAILED' ? await readReport(parts, build) : err('');
  const told = report.ok ? readResult(report.value) : report;
  if (told.ok || status !== 'FAILED') parts.outputs.append(build.outputStreamId, failureLines(message));
  const reason = !told.ok && told.error !== '' ? told.error : message;
  await endBuild(parts, build, {
    status: 'failed',
    message: build.state === 'cancelled' ? 'The build was canceled.' : reason,
  });
}

async function readReport({ blobs }: BuildsParts, { buildId }: QueuedBuild): Promise<Result<string, string>> {
  const content = await blobs.get(resultKey(buildId));
  if (content === undefined) return err('The build failed.');
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of content) {
    bytes += chunk.length;
    if (bytes > RESULT_BYTES_MAX) return err('The result of the build is too long.');
    chunks.push(chunk);
  }
  return ok(Buffer.concat(chunks).toString());
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
