import type { DynoSpec } from '../../../core/ports/dyno-runtime.ts';
import type { Architecture } from './settings.ts';

export type ImageKind = 'buildpacks' | 'dockerfile';

/** A slug on AWS: an image in the installation's repository, named by its immutable digest. */
export interface SlugImage {
  readonly architecture: Architecture;
  readonly kind: ImageKind;
  /** `sha256:<hex>` */
  readonly digest: string;
}

/** The blob holds what the build reported of its image; dynos need only its key and the slug's checksum. */
export function imageBlobKey({ architecture, kind }: Omit<SlugImage, 'digest'>, buildId: string): string {
  return `images/${architecture}/${kind}/${buildId}.json`;
}

/** Undefined: an archive, which cannot run on ECS. */
export function slugImage({
  blobKey,
  checksum,
}: Pick<DynoSpec['slug'], 'blobKey' | 'checksum'>): SlugImage | undefined {
  const [, architecture, kind] = /^images\/(amd64|arm64)\/(buildpacks|dockerfile)\//.exec(blobKey) ?? [];
  const [, hex] = /^SHA256:([0-9a-f]{64})$/i.exec(checksum) ?? [];
  if (architecture === undefined || hex === undefined) return undefined;
  return { architecture: architecture as Architecture, kind: kind as ImageKind, digest: `sha256:${hex.toLowerCase()}` };
}
