import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PlatformClient } from '../../../client/platform-client.ts';
import { deployCommit } from '../../../services/git/deploy.ts';

const OUTPUT = Buffer.from('-----> Building\n-----> Done\n');

let directory: string;
let server: Server;
let url: string;
/** How often the output was read, and after how many bytes its first answer breaks. */
let reads: number;
let breaksAt: number;
let status: string;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'deploy-test-'));
  reads = 0;
  server = createServer((request, response) => {
    if (request.method === 'PUT') {
      request.resume().on('end', () => response.end());
      return;
    }
    reads += 1;
    const offset = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(offset === 0 ? 200 : 206);
    if (reads > 1) return response.end(OUTPUT.subarray(offset));
    // The build ends while its output breaks.
    status = 'succeeded';
    return response.write(OUTPUT.subarray(0, breaksAt), () => setTimeout(() => response.destroy(), 20));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(directory, { recursive: true, force: true });
});

function commit(): string {
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.com', ...args], { cwd: directory })
      .toString()
      .trim();
  git('init', '--quiet');
  writeFileSync(join(directory, 'Procfile'), 'web: a\n');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'First');
  return git('rev-parse', 'HEAD');
}

test.each([0, 7, OUTPUT.length])(
  'output that breaks after %i bytes, just when its build ends, reaches the pusher whole',
  async (bytes) => {
    breaksAt = bytes;
    status = 'pending';
    const id = commit();
    const temporaryDirectory = mkdtempSync(join(directory, 'uploads-'));
    const client = {
      createSource: async () => ({ source_blob: { get_url: `${url}/source`, put_url: `${url}/source` } }),
      createBuild: async () => ({ id: 'build', status, output_stream_url: `${url}/output`, release: null }),
      build: async () => ({ id: 'build', status, output_stream_url: `${url}/output`, release: null }),
    } as unknown as PlatformClient;
    let said = '';
    const deployed = await deployCommit({
      client,
      appName: 'shop',
      source: { repository: join(directory, '.git') },
      commit: id,
      temporaryDirectory,
      say: async (text) => {
        said += text.toString();
      },
    });
    expect(deployed).toBe(true);
    expect(said).toBe(
      `Updated 1 paths from ${id.slice(0, 7)}\nCompressing source files... done.\nBuilding source:\n\n${OUTPUT}Verifying deploy... done.\n`,
    );
    expect(reads).toBe(2);
    expect(readdirSync(temporaryDirectory)).toEqual([]);
  },
);
