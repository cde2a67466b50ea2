import { spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { exitStatus } from './exit-status.ts';
import { gitEnvironment } from './git-environment.ts';
import type { GitRequest } from './git-request.ts';
import { writeSlowly } from './writable.ts';

/** Heroku Dev Center, "Limits": a checkout with its submodules may have 1 GB. */
export const PUSH_BYTES_MAX = 1024 ** 3;
/** No build (15 minutes) with a release phase (1 hour) takes this long: what still runs, hangs. */
const CALL_MS_MAX = 2 * 60 * 60 * 1000;
/** A CGI program that sends more than this before its blank line is broken. */
const HEAD_BYTES_MAX = 64 * 1024;

export interface BackendCall {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly git: GitRequest;
  readonly repository: string;
  readonly hooksDirectory: string;
  /** The two descriptors of the pre-receive hook, see hook-script.ts. */
  readonly onHook: (conversation: Duplex, verdict: Duplex) => Promise<void>;
}

/** Runs `git http-backend` for one request, streaming both ways. Resolves when git has ended and the answer is sent. */
export async function runHttpBackend(call: BackendCall): Promise<void> {
  const { request, response } = call;
  const child = spawn('git', [...settings(call.hooksDirectory), 'http-backend'], {
    env: gitEnvironment(cgiVariables(call)),
    stdio: ['pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
  });
  const [stdin, stdout, stderr, conversation, verdict] = child.stdio;
  if (!stdin || !stdout || !stderr || !conversation || !verdict) throw new Error('git was started without its pipes');
  const exited = exitStatus(child, 'exit');
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const timer = setTimeout(() => child.kill('SIGKILL'), CALL_MS_MAX);
  // A client that leaves in the middle of its upload ends the push; one that leaves later (Ctrl-C during the build)
  // does not: the build goes on as on Heroku, and the branch must then move to what was deployed.
  request.once('close', () => {
    if (!request.complete) child.kill('SIGTERM');
  });
  for (const stream of [conversation, verdict]) stream.on('error', () => stream.destroy());
  void call.onHook(conversation as Duplex, verdict as Duplex);
  // http-backend's error messages name paths of this machine: not for the client, which learns enough from git.
  stderr.resume();
  const upload = pipeline(request, stdin).catch(() => stdin.destroy());
  try {
    await answer(stdout as Readable, response);
    await finish(response, await exited);
    await Promise.all([closed, upload]);
  } finally {
    clearTimeout(timer);
    conversation.destroy();
    verdict.destroy();
  }
}

/** Given on the command line, so that repositories contain no paths and a new version's settings apply to old ones. */
function settings(hooksDirectory: string): string[] {
  return [
    `core.hooksPath=${hooksDirectory}`,
    'safe.directory=*',
    'http.receivepack=true',
    `receive.maxInputSize=${PUSH_BYTES_MAX}`,
    'receive.autogc=false',
    'gc.auto=0',
  ].flatMap((setting) => ['-c', setting]);
}

function cgiVariables({ request, git, repository }: BackendCall): Record<string, string> {
  const separator = repository.lastIndexOf('/');
  const { headers } = request;
  const optional: Record<string, string | undefined> = {
    CONTENT_TYPE: headers['content-type'],
    CONTENT_LENGTH: headers['content-length'],
    HTTP_CONTENT_ENCODING: headers['content-encoding'],
    // Only the form that git itself sends, because it becomes part of git's environment.
    GIT_PROTOCOL: /^[\w=:.-]{1,64}$/.exec(String(headers['git-protocol'] ?? ''))?.[0],
  };
  return {
    GIT_HTTP_EXPORT_ALL: '1',
    GIT_PROJECT_ROOT: repository.slice(0, separator),
    PATH_INFO: `${repository.slice(separator)}/${git.kind === 'advertise' ? 'info/refs' : git.service}`,
    REQUEST_METHOD: git.kind === 'advertise' ? 'GET' : 'POST',
    QUERY_STRING: git.kind === 'advertise' ? `service=${git.service}` : '',
    REMOTE_USER: 'heroku',
    ...Object.fromEntries(
      Object.entries(optional).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
  };
}

/** Turns CGI output (head, blank line, body) into the response, each chunk at once. */
async function answer(stdout: Readable, response: ServerResponse): Promise<void> {
  let head: Buffer | undefined = Buffer.alloc(0);
  // Nobody reads any more: git must still be able to write, or it would hang.
  response.once('close', () => response.writableFinished || stdout.resume());
  response.on('error', () => stdout.resume());
  for await (const chunk of stdout as AsyncIterable<Buffer>) {
    let body: Buffer = chunk;
    if (head !== undefined) {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0 && head.length < HEAD_BYTES_MAX) continue;
      if (end < 0) break;
      writeHead(head.subarray(0, end).toString('latin1'), response);
      body = head.subarray(end + 4);
      head = undefined;
    }
    if (body.length > 0) await writeSlowly(response, body);
  }
}

/**
 * An answer that git did not finish must not look complete: a pushing client would wait forever for the rest. What git has
 * written still arrives.
 */
async function finish(response: ServerResponse, status: number | null): Promise<void> {
  if (response.destroyed) return;
  if (!response.headersSent) response.writeHead(500, { 'Content-Type': 'text/plain' });
  else if (status !== 0) {
    response.flushHeaders();
    response.socket?.end();
    return;
  }
  await new Promise<void>((resolve) => {
    response.once('close', resolve);
    response.end(resolve);
  });
}

function writeHead(text: string, response: ServerResponse): void {
  let status = 200;
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1).trim();
    if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10);
    else response.setHeader(name, value);
  }
  response.writeHead(status);
}
