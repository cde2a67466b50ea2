import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Background, ROOT } from './background.ts';
import { Cdk } from './cdk.ts';
import { openEdge } from './edge.ts';
import { Emulator } from './emulator.ts';

const LOAD_BALANCER = 'localhost';
/** Where bin/services.ts listens: fixed, as in its container. */
const SERVICES_PORTS = { services: 5_000, router: 8_080 };

interface TaskDefinition {
  readonly containerDefinitions: readonly [
    { readonly environment: readonly { readonly name: string; readonly value: string }[] },
  ];
}

/** The platform deployed into an emulated account of its own, its always-on services as a process, and a bridge to it. */
export class Installation {
  readonly emulator: Emulator;
  readonly cdk: Cdk;
  readonly #directory = mkdtempSync(path.join(tmpdir(), 'dynoform-e2e-'));
  readonly #apiPort: number;
  readonly #bridgePort: number;
  readonly #started: { stop(): Promise<void> }[] = [];

  static async open(): Promise<Installation> {
    return new Installation(await freePorts(3));
  }

  constructor([emulatorPort = 0, apiPort = 0, bridgePort = 0]: readonly number[]) {
    this.#apiPort = apiPort;
    this.#bridgePort = bridgePort;
    const apiUrl = `http://localhost:${apiPort}`;
    const directory = this.#directory;
    this.emulator = new Emulator({ port: emulatorPort, apiUrl, loadBalancer: LOAD_BALANCER, directory });
    this.cdk = new Cdk(this.emulator.environment, this.#directory);
    this.#started.push(this.emulator);
  }

  async functionNames(): Promise<string[]> {
    const { Functions } = await this.emulator.get<{ Functions: { FunctionName: string }[] }>(
      'lambda',
      '/2015-03-31/functions/',
    );
    return Functions.map(({ FunctionName }) => FunctionName);
  }

  /** The owner's, from where the deploy has put it. */
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
    const { items } = await this.emulator.get<{ items: { apiId: string }[] }>('apigateway', '/v2/apis');
    const { port } = new URL(this.emulator.url);
    const api = { port: Number(port), host: `${items[0]?.apiId}.execute-api.localhost:${port}` };
    const { services, router } = SERVICES_PORTS;
    this.#closeLater(await openEdge(this.#apiPort, () => api));
    this.#closeLater(await openEdge(80, (host) => ({ port: host === LOAD_BALANCER ? services : router })));
  }

  /** With what the task's container would be given: the image itself cannot be made without its base image. */
  async startServices(): Promise<Background> {
    const variables = Object.fromEntries((await this.#servicesVariables()).map(({ name, value }) => [name, value]));
    const services = new Background('the services', ['node', '--import', 'tsx', 'bin/services.ts'], {
      ...this.emulator.environment,
      ...variables,
      DYNOFORM_TRUSTED_PROXIES: '127.0.0.1/32',
      DYNOFORM_DATA_DIRECTORY: path.join(this.#directory, 'services'),
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
    const url = `http://localhost:${this.#apiPort}`;
    const bridge = new Background('the bridge', ['node', 'bin/command.mjs', 'connect', url, ...options], {});
    this.#started.push(bridge);
    await bridge.ready(() => bridge.output.includes('Ready.'));
  }

  /** What `eval "$(npx dynoform env)"` puts into a terminal. */
  environment(): Record<string, string> {
    const script = `eval "$(node bin/command.mjs env --data-dir "$DATA")" && env -0`;
    const env = { ...process.env, DATA: this.#bridgeDirectory };
    const text = execFileSync('bash', ['-c', script], { cwd: ROOT, env, encoding: 'utf8' });
    const lines = text.split('\0').filter((line) => line.includes('='));
    return Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
  }

  async close(): Promise<void> {
    for (const each of this.#started.reverse()) await each.stop();
    rmSync(this.#directory, { recursive: true, force: true, maxRetries: 5 });
  }

  get #bridgeDirectory(): string {
    return path.join(this.#directory, 'bridge');
  }

  async #servicesVariables() {
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
    return taskDefinition.containerDefinitions[0].environment;
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

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve) => {
          server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
