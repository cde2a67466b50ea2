import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { openDynamoStore } from '../../../adapters/aws/dynamo-store.ts';
import { systemIds, systemRandom } from '../../../adapters/system.ts';
import type { Store } from '../../../core/ports/store.ts';
import { freePorts } from '../../free-ports.ts';
import { Authority } from './authority.ts';
import { Background, ROOT } from './background.ts';
import { Cdk } from './cdk.ts';
import { openDoors } from './doors.ts';
import { Emulator } from './emulator.ts';
import { CUSTOM_DOMAIN, DOMAIN } from './stage.config.ts';

const AUTHORITY = 'authority.pem';
/** `node` in the services' image. */
const CONTAINER_USER = 1_000;
const WITHOUT_RIGHTS = [
  `--reuid=${CONTAINER_USER}`,
  `--regid=${CONTAINER_USER}`,
  '--clear-groups',
  '--no-new-privs',
  '--inh-caps=-all',
  '--bounding-set=-all',
];

interface TaskDefinition {
  readonly taskRoleArn: string;
  readonly containerDefinitions: readonly [
    { readonly environment: readonly { readonly name: string; readonly value: string }[] },
  ];
}

/** The platform in its own emulated account, its always-on services as a process, and a bridge to it. */
export class Installation {
  readonly emulator: Emulator;
  readonly cdk: Cdk;
  readonly authority: Authority;
  readonly #directory: string;
  readonly #bridgePort: number;
  readonly #started: { stop(): Promise<void> }[] = [];

  static async open(): Promise<Installation> {
    const directory = mkdtempSync(path.join(tmpdir(), 'dynoform-e2e-'));
    const authority = await Authority.open(path.join(directory, AUTHORITY), [DOMAIN, CUSTOM_DOMAIN]);
    return new Installation(directory, authority, await freePorts(2));
  }

  constructor(directory: string, authority: Authority, [emulatorPort = 0, bridgePort = 0]: readonly number[]) {
    this.#directory = directory;
    this.authority = authority;
    this.#bridgePort = bridgePort;
    this.emulator = new Emulator({ port: emulatorPort, directory, trust: this.trust });
    this.cdk = new Cdk(this.emulator.environment, directory);
    this.#started.push(this.emulator);
  }

  async functionNames(): Promise<string[]> {
    const { Functions } = await this.emulator.get<{ Functions: { FunctionName: string }[] }>(
      'lambda',
      '/2015-03-31/functions/',
    );
    return Functions.map(({ FunctionName }) => FunctionName);
  }

  /** The owner's token, read from where the deploy has put it. */
  async token(): Promise<string> {
    const { SecretList } = await this.emulator.call<{ SecretList: { Name: string }[] }>(
      'secretsmanager',
      'secretsmanager.ListSecrets',
      {},
    );
    const SecretId = SecretList.find(({ Name }) => Name.includes('OwnerToken'))?.Name;
    const secret = await this.emulator.call<{ SecretString: string }>(
      'secretsmanager',
      'secretsmanager.GetSecretValue',
      { SecretId },
    );
    return secret.SecretString;
  }

  async openDoors(): Promise<void> {
    for (const server of await openDoors(this.emulator, this.authority)) this.#closeLater(server);
  }

  /**
   * As in their container, whose image needs an unavailable base image: its bundle, its user, no capabilities and the
   * environment of its task definition.
   */
  async startServices(): Promise<Background> {
    const home = path.join(this.#directory, 'services');
    execFileSync('node', ['services/bundle.mjs', home], { cwd: ROOT });
    copyFileSync(process.execPath, path.join(home, 'node'));
    const data = path.join(home, 'data');
    mkdirSync(data);
    chownSync(data, CONTAINER_USER, CONTAINER_USER);
    for (const directory of [path.dirname(this.#directory), this.#directory]) {
      const { mode } = statSync(directory);
      if ((mode & 0o001) === 0) chmodSync(directory, mode | 0o001);
    }
    const command = [path.join(home, 'node'), path.join(home, 'services.mjs')];
    const services = new Background('the services', ['setpriv', ...WITHOUT_RIGHTS, ...command], {
      ...this.emulator.environment,
      ...(await this.#servicesVariables()),
      ...this.trust,
      TMPDIR: '/tmp',
      DYNOFORM_TRUSTED_PROXIES: '127.0.0.1/32',
      DYNOFORM_DATA_DIRECTORY: data,
    });
    this.#started.push(services);
    await services.ready(() => /"message":"serves /.test(services.output));
    return services;
  }

  async connect(): Promise<void> {
    const tokenFile = path.join(this.#directory, 'token');
    writeFileSync(tokenFile, await this.token(), { mode: 0o600 });
    const options = [
      '--token-file',
      tokenFile,
      '--port',
      String(this.#bridgePort),
      '--data-dir',
      this.#bridgeDirectory,
    ];
    const command = ['bin/command.mjs', 'connect', `https://api.${DOMAIN}`, ...options];
    const bridge = new Background('the bridge', ['node', ...command], this.trust);
    this.#started.push(bridge);
    await bridge.ready(() => bridge.output.includes('Ready.'));
  }

  /** The variables that `eval "$(bin/dynoform env)"` sets in a terminal. */
  environment(): Record<string, string> {
    const script = `eval "$(node bin/command.mjs env --data-dir "$DATA")" && env -0`;
    const env = { ...process.env, DATA: this.#bridgeDirectory };
    const text = execFileSync('bash', ['-c', script], { cwd: ROOT, env, encoding: 'utf8' });
    const lines = text.split('\0').filter((line) => line.includes('='));
    return Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
  }

  /** The platform's table. */
  async store(): Promise<Store> {
    const client = new DynamoDBClient(this.emulator.client);
    const { DYNOFORM_TABLE: table = '' } = await this.#servicesVariables();
    return openDynamoStore({ client, table, ids: systemIds, random: systemRandom });
  }

  async close(): Promise<void> {
    for (const each of this.#started.reverse()) await each.stop();
    rmSync(this.#directory, { recursive: true, force: true, maxRetries: 5 });
  }

  /** For Node.js and curl. */
  get trust(): Record<string, string> {
    const file = path.join(this.#directory, AUTHORITY);
    return { NODE_EXTRA_CA_CERTS: file, CURL_CA_BUNDLE: file };
  }

  get #bridgeDirectory(): string {
    return path.join(this.#directory, 'bridge');
  }

  async #servicesVariables(): Promise<Readonly<Record<string, string>>> {
    const ecs = (name: string) => `AmazonEC2ContainerServiceV20141113.${name}`;
    const { taskDefinitionArns } = await this.emulator.call<{ taskDefinitionArns: string[] }>(
      'ecs',
      ecs('ListTaskDefinitions'),
      {},
    );
    const { taskDefinition } = await this.emulator.call<{ taskDefinition: TaskDefinition }>(
      'ecs',
      ecs('DescribeTaskDefinition'),
      { taskDefinition: taskDefinitionArns.find((arn) => arn.includes('services')) },
    );
    const [{ environment }] = taskDefinition.containerDefinitions;
    return {
      ...Object.fromEntries(environment.map(({ name, value }) => [name, value])),
      // The task's role: by it test/aws/emulator/recording.py recognizes the caller.
      AWS_ACCESS_KEY_ID: taskDefinition.taskRoleArn.replace(/^.*\//, ''),
    };
  }

  #closeLater(server: Server): void {
    this.#started.push({
      stop: async () => {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      },
    });
  }
}
