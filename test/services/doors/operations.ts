import { createHash } from 'node:crypto';
import { bodyOf, type Entry } from './door-fixture.ts';

/** One caller at one entry: the platform's own port, or a bridge's. */
export interface Caller {
  readonly entry: Entry;
  /** What it presents there; absent: nothing. */
  readonly key?: string;
}

export interface Things {
  readonly buildId: string;
  readonly slugId: string;
  /** The commit of every ref in the repository. */
  readonly commit: string;
}

/** `in`, or the status of the refusal. */
export type Outcome = 'in' | number;

type Operation = (caller: Caller, things: Things, name: string) => Promise<Outcome>;

const NONE = '0'.repeat(40);

/** Every operation of the table, as a client does it. `name` is unlike that of any other call. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  clone: (caller) => git(caller, 'GET', 'info/refs?service=git-upload-pack'),
  fetch: (caller) => git(caller, 'POST', 'git-upload-pack', '0014command=ls-refs\n00010000'),
  'ask what a push may change': (caller) => git(caller, 'GET', 'info/refs?service=git-receive-pack'),
  'push to a branch': (caller, { commit }, name) => push(caller, NONE, commit, `refs/heads/${name}`),
  // From a commit that main is not at: past the door it ends without a build.
  'push to main': (caller, { commit }) => push(caller, NONE, commit, 'refs/heads/main'),
  'move a tag': (caller, { commit }) => push(caller, commit, commit, 'refs/tags/v1'),
  'delete a branch': (caller, { commit }) => push(caller, commit, NONE, 'refs/heads/not-there'),

  'upload a source': async (caller) => {
    const asked = await api(caller, 'POST', '/sources');
    return asked.status >= 400 ? asked.status : open(caller, 'PUT', asked.json.source_blob.put_url);
  },
  'read the source of a build': async (caller, { buildId }) => {
    const asked = await api(caller, 'GET', `/apps/shop/builds/${buildId}`);
    return asked.status >= 400 ? asked.status : open(caller, 'GET', asked.json.source_blob.url);
  },
  'upload a slug': async (caller) => {
    const asked = await api(caller, 'POST', '/apps/shop/slugs', { process_types: { web: 'a' } });
    return asked.status >= 400 ? asked.status : open(caller, 'PUT', asked.json.blob.url);
  },
  'read a slug': async (caller, { slugId }) => {
    const asked = await api(caller, 'GET', `/apps/shop/slugs/${slugId}`);
    return asked.status >= 400 ? asked.status : open(caller, 'GET', asked.json.blob.url);
  },
  'read the output of a build': async (caller, { buildId }) => {
    const asked = await api(caller, 'GET', `/apps/shop/builds/${buildId}`);
    return asked.status >= 400 ? asked.status : open(caller, 'GET', asked.json.output_stream_url);
  },
  'read the log': async (caller) => {
    const asked = await api(caller, 'POST', '/apps/shop/log-sessions', { lines: 1 });
    return asked.status >= 400 ? asked.status : open(caller, 'GET', asked.json.logplex_url);
  },
  'type into a one-off dyno': async (caller) => {
    const asked = await api(caller, 'POST', '/apps/shop/dynos', { command: 'bash', attach: true });
    if (asked.status >= 400) return asked.status;
    const said = await caller.entry.rendezvous(pathOf(asked.json.attach_url).slice(1));
    return said === 'rendezvous\r\nthe dyno' ? 'in' : 0;
  },
  'connect a bridge': async (caller) => {
    const { status } = await api(caller, 'GET', '/dynoform');
    return status === 200 ? 'in' : status;
  },
};

async function api({ entry, key }: Caller, method: string, path: string, body: unknown = {}) {
  const headers = {
    accept: 'application/vnd.heroku+json; version=3',
    'content-type': 'application/json',
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
  };
  const { status, body: text } = await entry.request(
    method,
    path,
    headers,
    method === 'GET' ? '' : JSON.stringify(body),
  );
  return { status, json: bodyOf(text) };
}

/** A URL of the platform, used without any token. */
async function open({ entry }: Caller, method: string, url: string): Promise<Outcome> {
  const { status } = await entry.request(method, pathOf(url), {}, method === 'PUT' ? 'content' : '');
  return status === 200 ? 'in' : status;
}

const pathOf = (url: string) => url.replace(/^\w+:\/\/[^/]+/, '');

async function git({ entry, key }: Caller, method: string, path: string, body = ''): Promise<Outcome> {
  const service = path.includes('receive') ? 'receive' : 'upload';
  const headers = {
    ...(method === 'POST' ? { 'content-type': `application/x-git-${service}-pack-request` } : {}),
    ...(service === 'upload' ? { 'git-protocol': 'version=2' } : {}),
    ...(key === undefined ? {} : { authorization: `Basic ${Buffer.from(`heroku:${key}`).toString('base64')}` }),
  };
  const { status } = await entry.request(method, `/shop.git/${path}`, headers, body);
  return status === 200 ? 'in' : status;
}

/** The receive-pack call of a push that brings no new objects. */
function push(caller: Caller, from: string, to: string, ref: string): Promise<Outcome> {
  const command = `${from} ${to} ${ref}\0report-status`;
  const length = (command.length + 4).toString(16).padStart(4, '0');
  const pack = Buffer.from('PACK\0\0\0\u0002\0\0\0\0', 'latin1');
  const sum = createHash('sha1').update(pack).digest();
  const sent = to === NONE ? '' : Buffer.concat([pack, sum]).toString('latin1');
  return git(caller, 'POST', 'git-receive-pack', `${length}${command}0000${sent}`);
}
