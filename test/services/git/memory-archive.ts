import { readFileSync } from 'node:fs';
import type { ArchivedRepository, RepositoryArchive } from '../../../services/git/shared-repositories.ts';

/** The archive that all services share, with hooks around its writes. */
export class MemoryArchive implements RepositoryArchive {
  readonly bundles = new Map<string, { readonly version: string; readonly content: Buffer }>();
  reads = 0;
  /** Called before a bundle is stored: for another service's writes. */
  onReplace: () => Promise<void> = async () => {};
  /** Called when a bundle was stored, before anybody knows it. */
  onStored: () => void = () => {};
  /** The next read breaks in the middle. */
  breaks = false;

  async read(appId: string, knownVersion: string | undefined): Promise<ArchivedRepository> {
    const bundle = this.bundles.get(appId);
    if (bundle === undefined) return { kind: 'absent' };
    if (bundle.version === knownVersion) return { kind: 'unchanged' };
    this.reads += 1;
    const { breaks } = this;
    this.breaks = false;
    return {
      kind: 'bundle',
      version: bundle.version,
      content: (async function* () {
        if (!breaks) return yield bundle.content;
        yield bundle.content.subarray(0, bundle.content.length / 2);
        throw new Error('the archive broke off');
      })(),
    };
  }

  async replace(appId: string, path: string, knownVersion: string | undefined): Promise<string | undefined> {
    const meanwhile = this.onReplace;
    this.onReplace = async () => {};
    await meanwhile();
    if (this.bundles.get(appId)?.version !== knownVersion) return undefined;
    const version = String(Number(knownVersion ?? 0) + 1);
    this.bundles.set(appId, { version, content: readFileSync(path) });
    this.onStored();
    return version;
  }
}
