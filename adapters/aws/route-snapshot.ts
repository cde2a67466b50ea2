import type { Blobs } from '../../core/ports/blobs.ts';
import type { AppRoutes } from '../../core/records/app-routes.ts';

const KEY = 'routes/snapshot.json';
const BYTES_MAX = 256 * 1024 * 1024;

/** The routes as a router last knew them, for a router that starts while the table cannot be read. */
export class RouteSnapshot {
  readonly #blobs: Blobs;

  constructor(blobs: Blobs) {
    this.#blobs = blobs;
  }

  async write(apps: Iterable<AppRoutes>): Promise<void> {
    async function* lines(): AsyncGenerator<Uint8Array> {
      for (const routes of apps) yield Buffer.from(`${JSON.stringify(routes)}\n`);
    }
    await this.#blobs.put(KEY, lines(), BYTES_MAX);
  }

  /** Undefined: no snapshot was ever written. */
  async read(): Promise<readonly AppRoutes[] | undefined> {
    const content = await this.#blobs.get(KEY);
    if (content === undefined) return undefined;
    const chunks: Uint8Array[] = [];
    for await (const chunk of content) chunks.push(chunk);
    const lines = Buffer.concat(chunks).toString().split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as AppRoutes);
  }
}
