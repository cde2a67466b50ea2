import type { ConfigVars } from '../../config/config-vars.ts';
import { readConfig } from '../../config/read-config.ts';
import { findDynoSize } from '../../dyno/dyno-size.ts';
import { keepExitStatus } from '../../dyno/exit-status-command.ts';
import type { Platform } from '../../platform.ts';
import type { DynoSpec } from '../../ports/dyno-runtime.ts';
import type { App } from '../../records/app.ts';
import { type Dyno, dynoContext } from '../../records/dyno.ts';
import type { Release } from '../../records/release.ts';
import type { Slug } from '../../records/slug.ts';
import { readRelease } from '../../release/find-release.ts';
import { err, ok, type Result } from '../../result.ts';
import { readSlug } from '../../slug/read-slug.ts';
import { apiDate } from '../../time.ts';

type Material = { readonly release: Release; readonly slug: Slug };

/** Makes the runtime's spec for each dyno of one pass. Fifty dynos of one release read and unseal its parts once. */
export class DynoSpecs {
  readonly #platform: Platform;
  readonly #app: App;
  readonly #material = new Map<number, Promise<Result<Material, string>>>();
  readonly #configs = new Map<number, Promise<ConfigVars>>();

  constructor(platform: Platform, app: App) {
    this.#platform = platform;
    this.#app = app;
  }

  /** The error explains why no attempt can succeed. */
  async specFor(dyno: Dyno): Promise<Result<DynoSpec, string>> {
    const material = await this.#materialOf(dyno.releaseVersion);
    if (!material.ok) return material;
    const size = findDynoSize(dyno.size);
    if (size === undefined) return err(`unknown dyno size ${dyno.size}`);
    const { release, slug } = material.value;
    const app = this.#app;
    const outputStreamId = dyno.kind === 'release' ? release.outputStreamId : undefined;
    const attach = dyno.kind === 'one-off' ? dyno.attach : undefined;
    return ok({
      appId: app.id,
      appName: app.name,
      dynoId: dyno.id,
      name: dyno.name,
      type: dyno.type,
      attempt: dyno.attempt,
      slug: { id: slug.id, artifact: slug.artifact, checksum: slug.checksum },
      command: keepExitStatus(dyno.command),
      config: { version: release.configVersion, open: () => this.#config(release.configVersion) },
      environment: { ...this.#metadata(dyno, release, slug), ...(await this.#ownEnvironment(dyno)) },
      size: { name: size.name, memoryMiB: size.memoryMiB, processLimit: size.processLimit },
      ...(attach === undefined ? {} : { attach }),
      ...(outputStreamId === undefined ? {} : { outputStreamId }),
      logged: attach === undefined,
    });
  }

  #materialOf(version: number): Promise<Result<Material, string>> {
    let material = this.#material.get(version);
    if (material === undefined) {
      material = this.#readMaterial(version);
      this.#material.set(version, material);
    }
    return material;
  }

  async #readMaterial(version: number): Promise<Result<Material, string>> {
    const release = await readRelease(this.#platform, this.#app.id, version);
    if (release === undefined) return err(`release v${version} is missing`);
    if (release.slugId === undefined) return err(`release v${version} has no slug`);
    const slug = await readSlug(this.#platform, this.#app.id, release.slugId);
    return ok({ release, slug });
  }

  /** Opened for the first dyno that starts, and dropped with the pass. */
  #config(version: number): Promise<ConfigVars> {
    let config = this.#configs.get(version);
    if (config === undefined) {
      config = readConfig(this.#platform, this.#app.id, version);
      this.#configs.set(version, config);
    }
    return config;
  }

  async #ownEnvironment(dyno: Dyno): Promise<ConfigVars> {
    if (dyno.kind !== 'one-off' || dyno.sealedEnvironment === undefined) return {};
    return this.#platform.vault.open(dyno.sealedEnvironment, dynoContext(dyno.appId, dyno.id));
  }

  /** Heroku Dev Center, "Dyno Metadata". */
  #metadata(dyno: Dyno, release: Release, slug: Slug): ConfigVars {
    const { features, id, name } = this.#app;
    const commit = slug.commit ?? '';
    const metadata: Record<string, string> = {};
    if (features['runtime-dyno-metadata'] === true) {
      Object.assign(metadata, {
        HEROKU_APP_ID: id,
        HEROKU_APP_NAME: name,
        HEROKU_APP_DEFAULT_DOMAIN_NAME: this.#platform.urls.hosts(name)[0] ?? '',
        HEROKU_DYNO_ID: dyno.id,
        HEROKU_RELEASE_CREATED_AT: apiDate(release.createdAtMs),
        HEROKU_RELEASE_VERSION: `v${release.version}`,
        HEROKU_SLUG_COMMIT: commit,
        HEROKU_SLUG_DESCRIPTION: release.description,
      });
    }
    if (features['runtime-dyno-build-metadata'] === true) {
      Object.assign(metadata, { HEROKU_BUILD_COMMIT: commit, HEROKU_BUILD_DESCRIPTION: release.description });
    }
    return metadata;
  }
}
