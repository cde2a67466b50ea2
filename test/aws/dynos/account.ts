import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import Docker from 'dockerode';
import { clientOf } from '../../contract/aws/client-of.ts';
import { freePort } from '../../free-ports.ts';
import { Background } from '../end-to-end/background.ts';

const REGION = 'us-east-1';
const ACCOUNT = '000000000000';
const REPOSITORY = 'slugs';
export const CONFIG_BUCKET = 'config';

/** What EventBridge passes to a function. */
export interface TaskChange {
  readonly detail: unknown;
}

/** An emulated account that runs tasks as containers, with the platform's own rule for task events. */
export class Account {
  readonly endpoint: string;
  /** The address at which containers reach this machine. */
  readonly hostAddress: string;
  readonly #directory: string;
  readonly #faults: string;
  readonly #emulator: Background;
  readonly #port: number;
  readonly #closing = new AbortController();
  #receiving: Promise<void> = Promise.resolve();
  #handler: ((event: TaskChange) => Promise<void>) | undefined;
  #handling: Promise<void> = Promise.resolve();

  private constructor(port: number, hostAddress: string) {
    this.#port = port;
    this.endpoint = `http://127.0.0.1:${port}`;
    this.hostAddress = hostAddress;
    this.#directory = mkdtempSync(join(tmpdir(), 'account-'));
    this.#faults = join(this.#directory, 'faults.json');
    this.#emulator = new Background('the emulator', ['.cache/aws/python/bin/python', 'test/aws/emulator/main.py'], {
      PYTHONPATH: 'test/aws/emulator',
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      MINISTACK_REGION: REGION,
      EMULATOR_HOST_ADDRESS: hostAddress,
      EMULATOR_FAULTS: this.#faults,
      TMPDIR: this.#directory,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    });
  }

  static async open(): Promise<Account> {
    const bridge = await new Docker().getNetwork('bridge').inspect();
    const { Gateway, Subnet } = bridge.IPAM?.Config?.[0] ?? {};
    // A daemon that has just created its bridge names no gateway until its next start. It takes the first address.
    const account = new Account(await freePort(), Gateway ?? Subnet?.replace(/\.0\/\d+$/, '.1') ?? '');
    try {
      await account.#emulator.ready(() =>
        fetch(`${account.endpoint}/_ministack/health`).then(
          ({ ok }) => ok,
          () => false,
        ),
      );
      const s3 = new S3Client({ ...clientOf(account.endpoint), forcePathStyle: true });
      await s3.send(new CreateBucketCommand({ Bucket: CONFIG_BUCKET }));
      const ecr = new ECRClient(clientOf(account.endpoint));
      await ecr.send(new CreateRepositoryCommand({ repositoryName: REPOSITORY }));
      account.#receiving = account.#receive(await account.#taskChanges());
    } catch (error) {
      await account.close();
      throw error;
    }
    return account;
  }

  get repositoryUri(): string {
    return `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/${REPOSITORY}`;
  }

  /** Pushes an image of this machine to the account's registry. Returns its digest. */
  push(image: string): string {
    const name = `localhost:${this.#port}/${REPOSITORY}:${randomUUID()}`;
    docker('tag', image, name);
    try {
      const [, digest] = /digest: (sha256:[0-9a-f]{64})/.exec(docker('push', name)) ?? [];
      if (digest === undefined) throw new Error(`${image} was not pushed`);
      return digest;
    } finally {
      docker('rmi', '--force', name);
    }
  }

  /** Sets the next faults in the format of ../emulator/faults.py; replaces earlier ones. */
  order(...faults: readonly object[]): void {
    const file = `${this.#faults}.${randomUUID()}`;
    writeFileSync(file, JSON.stringify(faults));
    renameSync(file, this.#faults);
  }

  /** Sends events there from now on, one after the other; undefined: to nobody, once the last call has ended. */
  async tellOfTasks(handler: ((event: TaskChange) => Promise<void>) | undefined): Promise<void> {
    this.#handler = handler;
    await this.#handling;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#receiving;
    // It ends its containers when it ends.
    await this.#emulator.stop('SIGTERM');
    const images = docker('images', '--quiet', `localhost:${this.#port}/${REPOSITORY}`).split('\n').filter(Boolean);
    if (images.length > 0) docker('rmi', '--force', ...images);
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #taskChanges(): Promise<string> {
    const sqs = new SQSClient(clientOf(this.endpoint));
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'task-changes' }));
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
    const events = new EventBridgeClient(clientOf(this.endpoint));
    const pattern = {
      source: ['aws.ecs'],
      'detail-type': ['ECS Task State Change'],
      detail: { group: [{ prefix: 'app/' }] },
    };
    await events.send(new PutRuleCommand({ Name: 'task-changes', EventPattern: JSON.stringify(pattern) }));
    await events.send(
      new PutTargetsCommand({ Rule: 'task-changes', Targets: [{ Id: 'queue', Arn: Attributes?.QueueArn ?? '' }] }),
    );
    return QueueUrl;
  }

  async #receive(QueueUrl: string): Promise<void> {
    const sqs = new SQSClient(clientOf(this.endpoint));
    while (!this.#closing.signal.aborted) {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
      for (const { Body = '' } of Messages) {
        this.#handling = this.#handler?.(JSON.parse(Body) as TaskChange) ?? Promise.resolve();
        await this.#handling;
      }
      const Entries = Messages.map(({ ReceiptHandle }, n) => ({ Id: String(n), ReceiptHandle }));
      if (Entries.length > 0) await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
      else await pause(20, undefined, { signal: this.#closing.signal }).catch(() => undefined);
    }
  }
}

const docker = (...args: readonly string[]) => execFileSync('docker', args, { encoding: 'utf8' });
