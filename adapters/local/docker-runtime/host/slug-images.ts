import { spawn } from 'node:child_process';
import { basename, dirname } from 'node:path';
import type Docker from 'dockerode';
import type { ContainerOrder } from '../messages.ts';
import { DYNO_USER } from './container-config.ts';
import { messageOf, statusOf } from './engine.ts';
import { SLUG_LABEL } from './labels.ts';
import { makingName } from './setup.ts';

const REPOSITORY = 'dynoform-slug';
/** The newest are kept; one in use cannot be removed and stays anyway. */
const IMAGES_MAX = 50;

/**
 * Images of slugs: the base image with the slug at `/app`, each made once. A container's `/app` is then a copy-on-write
 * view of it, ready at once however large the slug is, and gone with the container.
 */
export class SlugImages {
  readonly #engine: Docker;
  readonly #base: { readonly name: string; readonly id: string };
  readonly #platformId: string;
  readonly #made = new Map<string, Promise<string>>();
  readonly #clearing = new Set<Promise<unknown>>();

  constructor(engine: Docker, base: { readonly name: string; readonly id: string }, platformId: string) {
    this.#engine = engine;
    this.#base = base;
    this.#platformId = platformId;
  }

  /** Returns the name of the slug's image; makes it if needed. */
  of(slug: ContainerOrder['slug']): Promise<string> {
    const known = this.#made.get(slug.id);
    if (known !== undefined) return known;
    const making = this.#find(slug);
    this.#made.set(slug.id, making);
    making.catch(() => this.forget(slug.id));
    return making;
  }

  /** Call when somebody else has removed the image. */
  forget(slugId: string): void {
    this.#made.delete(slugId);
  }

  /** Resolves when all containers that were only needed to make images are removed. */
  async cleared(): Promise<void> {
    await Promise.all(this.#clearing);
  }

  async #find(slug: ContainerOrder['slug']): Promise<string> {
    const tag = `${slug.id}-${this.#base.id.replace('sha256:', '').slice(0, 12)}`;
    const name = `${REPOSITORY}:${tag}`;
    try {
      await this.#engine.getImage(name).inspect();
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
      await this.#make(slug, tag);
      void this.#removeOld().catch(() => undefined);
    }
    return name;
  }

  async #make(slug: ContainerOrder['slug'], tag: string): Promise<void> {
    // Never started: it only carries the files.
    const container = await this.#engine.createContainer({
      Image: this.#base.name,
      name: makingName(this.#platformId),
      Cmd: ['true'],
    });
    try {
      const tar = tarOf(slug.directory);
      await Promise.all([container.putArchive(tar.stdout, { path: '/' }), tar.done]);
      await container.commit({ repo: REPOSITORY, tag, pause: false, changes: `LABEL ${SLUG_LABEL}=${slug.id}` });
    } finally {
      // No dyno waits for this: for 20,000 files it takes 1.6 s. The next start removes what is cut off.
      const clearing = container.remove({ force: true, v: true }).catch(() => undefined);
      this.#clearing.add(clearing);
      void clearing.then(() => this.#clearing.delete(clearing));
    }
  }

  async #removeOld(): Promise<void> {
    const images = await this.#engine.listImages({ filters: { label: [SLUG_LABEL] } });
    const old = images.sort((one, other) => other.Created - one.Created).slice(IMAGES_MAX);
    for (const name of old.flatMap(({ RepoTags }) => RepoTags ?? [])) {
      await this.#engine
        .getImage(name)
        .remove()
        .catch((error: unknown) => {
          // In use, or gone meanwhile.
          if (statusOf(error) !== 409 && statusOf(error) !== 404) throw new Error(messageOf(error));
        });
    }
  }
}

/** The directory as the only entry of a tar archive, owned by the dyno's user. Node's own packers take five times as long. */
function tarOf(directory: string) {
  const [user, group] = DYNO_USER.split(':') as [string, string];
  const owner =
    process.platform === 'linux'
      ? [`--owner=${user}`, `--group=${group}`, '--numeric-owner']
      : ['--uid', user, '--gid', group];
  const child = spawn('tar', ['-c', ...owner, '-f', '-', '-C', dirname(directory), '--', basename(directory)], {
    // macOS would add an extra file for each one that has extended attributes.
    env: { PATH: process.env.PATH, COPYFILE_DISABLE: '1' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const done = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error('the slug cannot be packed'));
    });
  });
  return { stdout: child.stdout, done };
}
