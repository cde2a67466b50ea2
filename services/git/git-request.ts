/** The four requests of git's smart HTTP protocol; the old file-by-file protocol is not offered. */
export interface GitRequest {
  readonly appName: string;
  readonly service: 'git-upload-pack' | 'git-receive-pack';
  readonly kind: 'advertise' | 'call';
}

const PATH = /^\/([a-z0-9-]{1,64})\.git\/(info\/refs|git-upload-pack|git-receive-pack)$/;

/** Undefined: not a request of the smart protocol. */
export function parseGitRequest(method: string, target: string): GitRequest | undefined {
  const [path = '', query = ''] = target.split('?', 2);
  const match = PATH.exec(path);
  const [, appName, rest] = match ?? [];
  if (appName === undefined || rest === undefined) return undefined;
  if (rest === 'info/refs') {
    const service = new URLSearchParams(query).get('service');
    if (method !== 'GET' || (service !== 'git-upload-pack' && service !== 'git-receive-pack')) return undefined;
    return { appName, service, kind: 'advertise' };
  }
  if (method !== 'POST') return undefined;
  return { appName, service: rest as GitRequest['service'], kind: 'call' };
}

/** Whether the git handler answers this path, for servers that share a port with it. */
export function isGitPath(path: string): boolean {
  return /^\/[^/]+\.git(\/|$)/.test(path);
}
