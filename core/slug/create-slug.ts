import { findBuildableStack, findStack } from '../app/stack.ts';
import { type Failure, invalid } from '../failure.ts';
import type { Platform } from '../platform.ts';
import type { App } from '../records/app.ts';
import { type Slug, slugKey } from '../records/slug.ts';
import { err, ok, type Result } from '../result.ts';
import { type ProcessTypes, validateProcessTypes } from './process-types.ts';

export interface SlugRequest {
  readonly processTypes: ProcessTypes;
  readonly commit: string | undefined;
  readonly commitDescription: string | undefined;
  readonly buildpackDescription: string | undefined;
  /** `SHA256:<hex>`; without it a dyno cannot detect a damaged slug. */
  readonly checksum: string | undefined;
  readonly stack: string | undefined;
}

const TEXT_LENGTH_MAX = 1_000;

/** Makes the record of a slug whose archive the client uploads; it can be released once the archive exists. */
export async function createSlug(platform: Platform, app: App, request: SlugRequest): Promise<Result<Slug, Failure>> {
  const { processTypes, checksum = '' } = request;
  const failure = validateProcessTypes(processTypes) ?? validateTexts(request);
  if (failure !== undefined) return err(failure);
  const stack =
    request.stack === undefined ? findStack(app.buildStackName) : findBuildableStack(platform, request.stack);
  if (!stack.ok) return stack;
  const nowMs = platform.clock.nowMs();
  const id = platform.ids.uuid();
  const slug: Slug = {
    id,
    appId: app.id,
    artifact: { kind: 'tarball', blobKey: `slugs/${id}.tgz` },
    sizeBytes: 0,
    checksum: checksum === '' ? '' : `SHA256:${checksum.slice('SHA256:'.length).toLowerCase()}`,
    ...(request.commit === undefined ? {} : { commit: request.commit }),
    ...(request.commitDescription === undefined ? {} : { commitDescription: request.commitDescription }),
    buildpackDescription: request.buildpackDescription ?? '',
    processTypes,
    stackName: stack.value.name,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  };
  const written = await platform.store.transact([
    { kind: 'put', key: slugKey(app.id, id), value: slug, expect: 'absent' },
  ]);
  if (!written.ok) throw new Error(`slug id ${id} is taken`);
  return ok(slug);
}

function validateTexts(request: SlugRequest): Failure | undefined {
  const { checksum, commit, commitDescription, buildpackDescription } = request;
  if (checksum !== undefined && !/^SHA256:[0-9a-f]{64}$/i.test(checksum)) {
    return invalid('checksum must be SHA256: and 64 hexadecimal digits.');
  }
  const texts = { commit, commit_description: commitDescription, buildpack_provided_description: buildpackDescription };
  const long = Object.entries(texts).find(([, text]) => (text?.length ?? 0) > TEXT_LENGTH_MAX);
  return long && invalid(`${long[0]} must not be longer than ${TEXT_LENGTH_MAX} characters.`);
}
