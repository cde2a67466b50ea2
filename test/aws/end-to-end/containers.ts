import Docker from 'dockerode';

export interface DynoContainer {
  readonly id: string;
  /** `web.1` */
  readonly dyno: string;
  readonly environment: Readonly<Record<string, string>>;
}

const docker = new Docker();

/** The containers of an emulator's tasks. */
export class Containers {
  readonly #emulatorPort: number;

  constructor(emulatorPort: number) {
    this.#emulatorPort = emulatorPort;
  }

  /** The running ones, by name of the dyno. */
  async ofDynos(): Promise<readonly DynoContainer[]> {
    const running = await docker.listContainers({ filters: { label: [`emulator=${this.#emulatorPort}`] } });
    const found = await Promise.all(running.map(({ Id }) => inspected(Id)));
    return found.flatMap((container) => container ?? []).sort((left, right) => left.dyno.localeCompare(right.dyno));
  }

  async ids(): Promise<readonly string[]> {
    return (await this.ofDynos()).map(({ id }) => id);
  }

  async kill(dyno: string): Promise<void> {
    const found = (await this.ofDynos()).find((container) => container.dyno === dyno);
    if (found === undefined) throw new Error(`${dyno} has no container`);
    await docker.getContainer(found.id).kill();
  }
}

/** Undefined: it has ended meanwhile, or is no dyno. */
async function inspected(id: string): Promise<DynoContainer | undefined> {
  const found = await docker
    .getContainer(id)
    .inspect()
    .catch(() => undefined);
  const pairs = (found?.Config.Env ?? []).map((pair) => [
    pair.slice(0, pair.indexOf('=')),
    pair.slice(pair.indexOf('=') + 1),
  ]);
  const environment = Object.fromEntries(pairs) as Record<string, string>;
  return environment.DYNO === undefined ? undefined : { id, dyno: environment.DYNO, environment };
}
