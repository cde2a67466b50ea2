import type { SlugImage, SlugTarball } from '../core/records/slug.ts';

export const tarball = (blobKey: string): SlugTarball => ({ kind: 'tarball', blobKey });

export const image = (changes: Partial<SlugImage> = {}): SlugImage => ({
  kind: 'image',
  architecture: 'amd64',
  origin: 'buildpacks',
  digest: `sha256:${'a'.repeat(64)}`,
  blobKey: 'images/amd64/buildpacks/build.json',
  ...changes,
});
