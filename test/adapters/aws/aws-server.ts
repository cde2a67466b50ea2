import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An error as AWS answers it. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  readonly more: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, more: Readonly<Record<string, unknown>> = {}, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
    this.more = more;
  }
}

export interface AwsCall {
  readonly operation: string;
  // biome-ignore lint/suspicious/noExplicitAny: what a request holds differs by operation
  readonly input: any;
}

type Answers = Record<string, (input: AwsCall['input']) => unknown>;

/**
 * Answers AWS's JSON protocol (`X-Amz-Target`), S3's and EC2's query protocol as AWS documents them. For behavior that no
 * emulator has: throttling, replayed failures, tasks that are missing for a while.
 */
export class AwsServer {
  readonly calls: AwsCall[] = [];
  answers: Answers = {};
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(): Promise<AwsServer> {
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        const call = readCall(request.method ?? '', request.url ?? '', request.headers, body);
        aws.calls.push(call);
        const { status, type, text } = aws.#answer(call);
        response.writeHead(status, { 'content-type': type });
        response.end(text);
      });
    });
    const aws = new AwsServer(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return aws;
  }

  /** Options for any client of the SDK. No retries: each fault is seen once. */
  get client() {
    return {
      endpoint: `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 1,
      forcePathStyle: true,
    };
  }

  inputs(operation: string): AwsCall['input'][] {
    return this.calls.filter((call) => call.operation === operation).map((call) => call.input);
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #answer({ operation, input }: AwsCall): { status: number; type: string; text: string } {
    const json = 'application/x-amz-json-1.1';
    try {
      const answer = this.answers[operation]?.(input) ?? ANSWERS_OF_S3[operation] ?? {};
      if (typeof answer === 'string') return { status: 200, type: 'text/xml', text: answer };
      return { status: 200, type: json, text: JSON.stringify(answer) };
    } catch (error) {
      const { code, message, status, more } =
        error instanceof AwsError ? error : new AwsError('ServerException', String(error), {}, 500);
      const xml = `<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
      if (operation in ANSWERS_OF_S3) return { status, type: 'text/xml', text: xml };
      if (input.Action !== undefined) {
        return { status, type: 'text/xml', text: `<Response><Errors>${xml}</Errors></Response>` };
      }
      return { status, type: json, text: JSON.stringify({ __type: code, message, ...more }) };
    }
  }
}

const ANSWERS_OF_S3: Readonly<Record<string, string>> = {
  PutObject: '',
  GetObject: '',
  HeadObject: '',
  DeleteObject: '',
  UploadPart: '',
  AbortMultipartUpload: '',
  CreateMultipartUpload: '<InitiateMultipartUploadResult><UploadId>upload</UploadId></InitiateMultipartUploadResult>',
  CompleteMultipartUpload: '<CompleteMultipartUploadResult><ETag>tag</ETag></CompleteMultipartUploadResult>',
};

function operationOfS3(method: string, parameters: URLSearchParams): string | undefined {
  if (parameters.has('uploads')) return 'CreateMultipartUpload';
  if (parameters.has('uploadId')) {
    return { PUT: 'UploadPart', POST: 'CompleteMultipartUpload', DELETE: 'AbortMultipartUpload' }[method];
  }
  return { PUT: 'PutObject', GET: 'GetObject', HEAD: 'HeadObject', DELETE: 'DeleteObject' }[method];
}

function readCall(method: string, url: string, headers: NodeJS.Dict<string | string[]>, body: string): AwsCall {
  const target = String(headers['x-amz-target'] ?? '');
  if (target !== '') return { operation: target.split('.')[1] ?? '', input: JSON.parse(body) };
  const [path, query] = url.split('?');
  const operation = operationOfS3(method, new URLSearchParams(query));
  if (operation !== undefined) return { operation, input: { path, headers, body } };
  const form = new URLSearchParams(body);
  return { operation: form.get('Action') ?? '', input: Object.fromEntries(form) };
}
