import type { SlugImage } from '../../../core/records/slug.ts';

/** Holds what the build reported of its image. */
export function imageBlobKey({ architecture, origin }: Pick<SlugImage, 'architecture' | 'origin'>, buildId: string) {
  return `images/${architecture}/${origin}/${buildId}.json`;
}
