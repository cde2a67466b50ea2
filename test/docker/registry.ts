import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** The part of an image registry that `docker pull` needs. Docker trusts one on this machine without TLS. */
export class Registry {
  /** Requested paths without an answer yet. */
  readonly waiting = new Set<string>();
  readonly #server: Server;
  readonly #contents = new Map<string, { readonly type: string; readonly body: Buffer }>();
  readonly #silent = new Set<string>();

  private constructor() {
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  static async open(): Promise<Registry> {
    const registry = new Registry();
    await new Promise<void>((resolve) => registry.#server.listen(0, '127.0.0.1', resolve));
    return registry;
  }

  /** Docker's name of an image here. */
  name(image: string): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}/${image}:1`;
  }

  /** Offers an image with this one file, which can run but does nothing. */
  offer(image: string, file: string): void {
    const layer = layerWith(file);
    const diff = digest(gunzipSync(layer));
    const config = Buffer.from(
      JSON.stringify({ architecture: 'amd64', os: 'linux', config: {}, rootfs: { type: 'layers', diff_ids: [diff] } }),
    );
    const manifest = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: MANIFEST,
        config: { mediaType: 'application/vnd.docker.container.image.v1+json', ...described(config) },
        layers: [{ mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip', ...described(layer) }],
      }),
    );
    for (const blob of [config, layer]) {
      this.#contents.set(`/v2/${image}/blobs/${digest(blob)}`, { type: 'application/octet-stream', body: blob });
    }
    for (const reference of ['1', digest(manifest)]) {
      this.#contents.set(`/v2/${image}/manifests/${reference}`, { type: MANIFEST, body: manifest });
    }
  }

  /** From now on requests for this image get no answer. */
  fallSilentAbout(image: string): void {
    this.#silent.add(`/v2/${image}/`);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(() => resolve(undefined)));
  }

  #answer({ url = '' }: IncomingMessage, response: ServerResponse): void {
    if ([...this.#silent].some((start) => url.startsWith(start))) {
      this.waiting.add(url);
      response.on('close', () => this.waiting.delete(url));
      return;
    }
    const found = url === '/v2/' ? { type: 'application/json', body: Buffer.from('{}') } : this.#contents.get(url);
    if (found === undefined) {
      response.writeHead(404, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ errors: [{ code: 'MANIFEST_UNKNOWN', message: 'manifest unknown' }] }));
      return;
    }
    response.writeHead(200, {
      'content-type': found.type,
      'content-length': found.body.length,
      'docker-content-digest': digest(found.body),
    });
    response.end(found.body);
  }
}

const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';

const digest = (content: Buffer) => `sha256:${createHash('sha256').update(content).digest('hex')}`;
const described = (content: Buffer) => ({ size: content.length, digest: digest(content) });

function layerWith(file: string): Buffer {
  const directory = mkdtempSync(join(tmpdir(), 'docker-layer-'));
  mkdirSync(join(directory, file, '..'), { recursive: true });
  writeFileSync(join(directory, file), '', { mode: 0o755 });
  const layer = spawnSync('tar', ['-cz', '-C', directory, '.']).stdout;
  rmSync(directory, { recursive: true });
  return layer;
}
