import { Background, ROOT } from './background.ts';
import { BUILDER_IMAGE, makeBuilderImage } from './builder-image.ts';

export const REGION = 'us-east-1';
const ACCOUNT = '000000000000';

export interface EmulatorOptions {
  readonly port: number;
  /** For unpacked functions and the like. */
  readonly directory: string;
  /** Variables that tell functions and builds which authority to trust. */
  readonly trust: Readonly<Record<string, string>>;
}

/** The emulated account, empty but for the parameters that AWS publishes in every account. */
export class Emulator {
  readonly url: string;
  readonly port: number;
  readonly #process: Background;

  constructor({ port, directory, trust }: EmulatorOptions) {
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.#process = new Background('the emulator', ['.cache/aws/python/bin/python', 'test/aws/emulator/main.py'], {
      PYTHONPATH: 'test/aws/emulator',
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      LAMBDA_EXECUTOR: 'local',
      MINISTACK_REGION: REGION,
      // The CDK's own functions use the SDK of AWS's runtime; here it is the project's.
      NODE_PATH: `${ROOT}/node_modules`,
      TMPDIR: directory,
      EMULATOR_BUILDER_IMAGE: BUILDER_IMAGE,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      ...trust,
    });
  }

  async start(): Promise<void> {
    makeBuilderImage();
    await this.#process.ready(() =>
      fetch(`${this.url}/_ministack/health`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
    for (const architecture of ['', 'arm64/']) {
      await this.call('ssm', 'AmazonSSM.PutParameter', {
        Name: `/aws/service/ecs/optimized-ami/amazon-linux-2023/${architecture}recommended/image_id`,
        Value: 'ami-0123456789abcdef0',
        Type: 'String',
      });
    }
  }

  /** What the SDK, the CDK and the AWS CLI need to find it. */
  get environment(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL: this.url,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: REGION,
      AWS_EC2_METADATA_DISABLED: 'true',
    };
  }

  /** For clients of the SDK in this process. */
  get client() {
    return { endpoint: this.url, region: REGION, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  }

  /** Calls one of the services that speak JSON. */
  async call<T>(service: string, target: string, input: object): Promise<T> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: { ...credential(service), 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target },
      body: JSON.stringify(input),
    });
    if (!response.ok) throw new Error(`${target}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  async get<T>(service: string, path: string): Promise<T> {
    const response = await fetch(`${this.url}${path}`, { headers: credential(service) });
    return (await response.json()) as T;
  }

  /** Returns its error, or undefined if it answers. */
  async invoke(functionName: string, event: object): Promise<string | undefined> {
    const response = await fetch(`${this.url}/2015-03-31/functions/${functionName}/invocations`, {
      method: 'POST',
      headers: credential('lambda'),
      body: JSON.stringify(event),
    });
    return response.headers.has('x-amz-function-error') ? response.text() : undefined;
  }

  stop(): Promise<void> {
    return this.#process.stop('SIGTERM');
  }
}

export const TARGET = `aws://${ACCOUNT}/${REGION}`;

function credential(service: string): Record<string, string> {
  const scope = `test/20260101/${REGION}/${service}/aws4_request`;
  return { authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0` };
}
