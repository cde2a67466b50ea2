import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { stopOrphans } from '../../../adapters/aws/ecs-runtime/list-orphans.ts';
import { KmsConfigVault } from '../../../adapters/aws/kms-config-vault.ts';
import { S3Blobs } from '../../../adapters/aws/s3-blobs.ts';
import { S3Repositories } from '../../../adapters/aws/s3-repositories.ts';
import { readSigningKey } from '../../../adapters/aws/signing-key.ts';
import { AwsError } from './aws-server.ts';
import { APP, RuntimeBench, running, SIGNER, spec, TASK } from './ecs-runtime/runtime-bench.ts';

let bench: RuntimeBench;
beforeEach(async () => {
  bench = await RuntimeBench.open();
});
afterEach(() => bench.close());

const THROTTLED = new AwsError('ThrottlingException', 'Rate exceeded');
const SLOW_DOWN = new AwsError('SlowDown', 'Please reduce your request rate.', {}, 503);
function throttle(operation: string, error = THROTTLED): void {
  bench.aws.answers[operation] = () => {
    throw error;
  };
}
const s3 = () => new S3Client(bench.aws.client);
const blobs = () => new S3Blobs({ client: s3(), bucket: 'b', signer: SIGNER, clock: bench.parts.clock });
const vault = () => {
  const options = { keyArn: 'key', encryptionContext: {}, clock: bench.parts.clock };
  return new KmsConfigVault({ client: new KMSClient(bench.aws.client), ...options });
};
const sweep = () =>
  stopOrphans({ ecs: bench.parts.ecs, store: bench.store, clock: bench.parts.clock, cluster: 'dynos' });
async function runningTask(): Promise<void> {
  await bench.runtime.start(spec());
  bench.aws.answers.DescribeTasks = () => ({ tasks: [running({ createdAt: 0 })], failures: [] });
}
async function* bytes(count: number): AsyncGenerator<Uint8Array> {
  for (let left = count; left > 0; left -= 1_048_576) yield Buffer.alloc(Math.min(left, 1_048_576));
}

/** What each AWS call does when it is throttled for longer than the SDK retries. */
const CALLS: readonly {
  readonly call: string;
  readonly answer: string;
  readonly error?: AwsError;
  readonly before?: () => Promise<unknown>;
  readonly prove: () => Promise<unknown>;
}[] = [
  {
    call: 'RunTask',
    answer: 'is a start to be tried again, that says nothing of an earlier one',
    prove: async () =>
      expect(await bench.runtime.start(spec())).toEqual({
        ok: false,
        reason: 'AWS is throttling starts',
        retry: true,
        unanswered: true,
      }),
  },
  {
    call: 'RegisterTaskDefinition',
    answer: 'is a start to be tried again; nothing was run',
    prove: async () => {
      expect(await bench.runtime.start(spec())).toMatchObject({ ok: false, retry: true, unanswered: true });
      expect(bench.aws.inputs('RunTask')).toEqual([]);
    },
  },
  {
    call: 'PutObject',
    error: SLOW_DOWN,
    answer: 'of config vars is a start to be tried again; of a blob it is told to who puts it',
    prove: async () => {
      expect(await bench.runtime.start(spec())).toMatchObject({ ok: false, retry: true, unanswered: true });
      expect(bench.aws.inputs('RunTask')).toEqual([]);
      expect(bench.problems).toEqual(['its config vars cannot be stored for ECS']);
      await expect(blobs().put('slugs/a', bytes(9), 9)).rejects.toThrow('reduce your request rate');
      delete bench.aws.answers.PutObject;
      expect(await bench.runtime.start(spec())).toMatchObject({ ok: true });
    },
  },
  {
    call: 'StopTask',
    answer: 'is told to the manager, which asks again',
    prove: () => expect(bench.runtime.stop(TASK, 30)).rejects.toThrow('Rate exceeded'),
  },
  {
    call: 'DescribeTasks',
    before: runningTask,
    answer: 'leaves the look incomplete, so that nothing is stopped or replaced because of it',
    prove: async () =>
      expect(await bench.runtime.observe(APP)).toMatchObject({ complete: false, tasks: [{ state: 'pending' }] }),
  },
  {
    call: 'DescribeContainerInstances',
    before: runningTask,
    answer: 'leaves the look incomplete until the address is known',
    prove: async () => {
      expect(await bench.runtime.observe(APP)).toMatchObject({ complete: false, tasks: [{ state: 'running' }] });
      expect(bench.problems).toEqual(['could not read the machines of dynos']);
    },
  },
  {
    call: 'DescribeInstances',
    error: new AwsError('RequestLimitExceeded', 'Request limit exceeded.', {}, 503),
    before: runningTask,
    answer: 'leaves the look incomplete until the address is known',
    prove: async () =>
      expect(await bench.runtime.observe(APP)).toMatchObject({ complete: false, tasks: [{ state: 'running' }] }),
  },
  {
    call: 'ListTasks',
    answer: 'ends this sweep for orphans',
    prove: () => expect(sweep()).rejects.toThrow('Rate exceeded'),
  },
  {
    call: 'GenerateDataKey',
    answer: 'refuses a change of config vars, and the next one asks again',
    prove: async () => {
      const kms = vault();
      await expect(kms.seal({ A: '1' }, 'app')).rejects.toThrow('Rate exceeded');
      await expect(kms.seal({ A: '1' }, 'app')).rejects.toThrow('Rate exceeded');
      expect(bench.aws.inputs('GenerateDataKey')).toHaveLength(2);
    },
  },
  {
    call: 'Decrypt',
    before: async () => {
      const key = Buffer.alloc(32).toString('base64');
      bench.aws.answers.GenerateDataKey = () => ({ Plaintext: key, CiphertextBlob: key, KeyId: 'key' });
    },
    answer: 'is a start to be tried again, and shows no value; the next one asks again',
    prove: async () => {
      const sealed = await vault().seal({ A: 'p4ssword' }, 'app');
      const kms = vault();
      const config = { version: 1, open: () => kms.open(sealed, 'app') };
      for (const asked of [1, 2]) {
        expect(await bench.runtime.start(spec({ config }))).toMatchObject({ ok: false, retry: true, unanswered: true });
        expect(bench.aws.inputs('Decrypt')).toHaveLength(asked);
      }
      expect(bench.aws.inputs('RunTask')).toEqual([]);
    },
  },
  {
    call: 'GetObject',
    error: SLOW_DOWN,
    answer: 'is not taken for a blob or a repository that is not there',
    prove: async () => {
      await expect(blobs().get('slugs/a')).rejects.toThrow(SLOW_DOWN.message);
      await expect(new S3Repositories(s3(), 'b').read(APP, undefined)).rejects.toThrow(SLOW_DOWN.message);
    },
  },
  {
    call: 'HeadObject',
    error: SLOW_DOWN,
    answer: 'is not taken for a blob that is not there',
    // An answer to HEAD has no body, so only its status shows the error.
    prove: () => expect(blobs().size('slugs/a')).rejects.toMatchObject({ $metadata: { httpStatusCode: 503 } }),
  },
  {
    call: 'DeleteObject',
    error: SLOW_DOWN,
    answer: 'is told to who removes, and may be repeated',
    prove: async () => {
      await expect(blobs().remove('slugs/a')).rejects.toThrow(SLOW_DOWN.message);
      await expect(new S3Repositories(s3(), 'b').remove(APP)).rejects.toThrow(SLOW_DOWN.message);
    },
  },
  {
    call: 'CreateMultipartUpload',
    error: SLOW_DOWN,
    answer: 'fails the upload',
    prove: () => expect(blobs().put('slugs/a', bytes(20_000_000), 20_000_000)).rejects.toThrow(SLOW_DOWN.message),
  },
  {
    call: 'UploadPart',
    error: SLOW_DOWN,
    answer: 'fails the upload, and clears it away',
    prove: async () => {
      await expect(blobs().put('slugs/a', bytes(20_000_000), 20_000_000)).rejects.toThrow(SLOW_DOWN.message);
      expect(bench.aws.inputs('AbortMultipartUpload')).toHaveLength(1);
    },
  },
  {
    call: 'CompleteMultipartUpload',
    error: SLOW_DOWN,
    answer: 'fails the upload, and clears it away',
    prove: async () => {
      await expect(blobs().put('slugs/a', bytes(20_000_000), 20_000_000)).rejects.toThrow(SLOW_DOWN.message);
      expect(bench.aws.inputs('AbortMultipartUpload')).toHaveLength(1);
    },
  },
  {
    call: 'AbortMultipartUpload',
    error: SLOW_DOWN,
    before: async () => throttle('UploadPart', SLOW_DOWN),
    answer: 'leaves the rest of an upload to the bucket’s rule, and tells why the upload itself failed',
    prove: () => expect(blobs().put('slugs/a', bytes(20_000_000), 20_000_000)).rejects.toThrow('request rate'),
  },
  {
    call: 'GetSecretValue',
    answer: 'fails the start of a function or a service, which is tried again',
    prove: () =>
      expect(readSigningKey(new SecretsManagerClient(bench.aws.client), 'secret')).rejects.toThrow('Rate exceeded'),
  },
];

test.each(CALLS)('$call throttled $answer', async ({ call, error, before, prove }) => {
  await before?.();
  throttle(call, error);
  const asked = bench.aws.inputs(call).length;
  await prove();
  // Otherwise something else failed, or nothing was throttled.
  expect(bench.aws.inputs(call).length).toBeGreaterThan(asked);
});

/** Where the other calls are tested. */
const ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  'test/contract/aws/dynamo-faults.test.ts': ['GetItem', 'Query', 'UpdateItem', 'DeleteItem', 'TransactWriteItems'],
  'test/contract/aws/sqs-pass-requests.test.ts': ['SendMessageBatch'],
  'test/contract/aws/bus-events.test.ts': ['PutEvents'],
  'test/adapters/aws/codebuild/build-faults.test.ts': ['StartBuild', 'StopBuild', 'SendMessage'],
  'test/adapters/aws/acm-certificates.test.ts': [
    'RequestCertificate',
    'DescribeCertificate',
    'DeleteCertificate',
    'AddListenerCertificates',
    'RemoveListenerCertificates',
  ],
};

test('there is no call whose throttling is not proven', () => {
  const root = join(__dirname, '../../..');
  const sources = readdirSync(join(root, 'adapters/aws'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => readFileSync(join(root, 'adapters/aws', path), 'utf8'));
  const made = sources.flatMap((source) => [...source.matchAll(/new ([A-Z]\w+)Command\(/g)].map(([, name]) => name));
  const proven = [...CALLS.map(({ call }) => call), ...Object.values(ELSEWHERE).flat()];
  expect([...new Set(made)].sort()).toEqual(proven.sort());
});
