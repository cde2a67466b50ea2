import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { S3Repositories } from '../../../adapters/aws/s3-repositories.ts';
import { clientOf } from './client-of.ts';
import { emulators } from './emulators.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'repositories-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function file(text: string): string {
  const path = join(directory, randomUUID());
  writeFileSync(path, text);
  return path;
}

describe.each([
  { name: 'MiniStack', endpoint: emulators.ministack },
  { name: 'moto', endpoint: emulators.moto },
])('git repositories in S3 on $name', ({ endpoint }) => {
  let repositories: S3Repositories;
  let client: S3Client;
  beforeEach(async () => {
    client = new S3Client({ ...clientOf(endpoint), forcePathStyle: true, requestChecksumCalculation: 'WHEN_REQUIRED' });
    const bucket = `blobs-${randomUUID()}`;
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    repositories = new S3Repositories(client, bucket);
  });
  afterEach(() => client.destroy());

  const text = async (known?: string) => {
    const found = await repositories.read('app', known);
    if (found.kind !== 'bundle') return found.kind;
    const chunks: Uint8Array[] = [];
    for await (const chunk of found.content) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  };

  test('are absent, then there, and told once per version', async () => {
    expect(await text()).toBe('absent');
    const first = await repositories.replace('app', file('one'), undefined);
    expect(await text()).toBe('one');
    expect(await text(first)).toBe('unchanged');
    const second = await repositories.replace('app', file('two'), first);
    expect(second).not.toBe(first);
    expect(await text(first)).toBe('two');
    expect(await text(second)).toBe('unchanged');
  });

  test('are replaced only by who knows the one before', async () => {
    const first = await repositories.replace('app', file('one'), undefined);
    expect(await repositories.replace('app', file('rival'), undefined)).toBeUndefined();
    await repositories.replace('app', file('two'), first);
    expect(await repositories.replace('app', file('rival'), first)).toBeUndefined();
    expect(await text()).toBe('two');
  });

  test('are gone with their app, and removing them again is fine', async () => {
    const first = await repositories.replace('app', file('one'), undefined);
    await repositories.remove('app');
    await repositories.remove('app');
    expect(await text(first)).toBe('absent');
    expect(await repositories.replace('app', file('two'), first)).toBeUndefined();
  });

  test('are written once when the answer is lost and the same write comes again', async () => {
    const first = await repositories.replace('app', file('one'), undefined);
    let puts = 0;
    client.middlewareStack.add(
      (next, context) => async (args) => {
        if (context.commandName !== 'PutObjectCommand') return next(args);
        puts += 1;
        const isFirst = puts === 1;
        const answer = await next(args);
        if (!isFirst) return answer;
        throw Object.assign(new Error('the connection was reset'), { name: 'TimeoutError', code: 'ECONNRESET' });
      },
      { step: 'deserialize', priority: 'high' },
    );
    const second = await repositories.replace('app', file('two'), first);
    expect(puts).toBe(2);
    expect(second).toBeDefined();
    expect(await text(second)).toBe('unchanged');
    expect(await text()).toBe('two');
  });

  test('may be empty', async () => {
    const version = await repositories.replace('app', file(''), undefined);
    expect(await text()).toBe('');
    expect(await text(version)).toBe('unchanged');
  });
});
