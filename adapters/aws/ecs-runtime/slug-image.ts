import type { SlugImage } from '../../../core/records/slug.ts';

/** What the build told of its image is kept there. */
export function imageBlobKey({ architecture, origin }: Pick<SlugImage, 'architecture' | 'origin'>, buildId: string) {
  return `images/${architecture}/${origin}/${buildId}.json`;
}
