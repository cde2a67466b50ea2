import type { RequestOptions } from 'node:http';
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

/** The platform's addresses: the API, and its services (git, log sessions, output, rendezvous), which may have their own host. */
export interface Remote {
  readonly api: URL;
  readonly services: URL;
}

/** The services serve git, log sessions and output streams; the API serves everything else. */
const SERVICE_PATH = /^\/(?:[^/?]+\.git\/|logs\/|streams\/)/;

export function originFor(remote: Remote, path: string): URL {
  return SERVICE_PATH.test(path) ? remote.services : remote.api;
}

/** Connections are kept: a TLS handshake for each request would cost more than most answers. */
const agents = {
  'http:': new HttpAgent({ keepAlive: true }),
  'https:': new HttpsAgent({ keepAlive: true }),
};

export function requestTo(origin: URL, options: RequestOptions) {
  const secure = origin.protocol === 'https:';
  return (secure ? httpsRequest : httpRequest)({
    ...options,
    protocol: origin.protocol,
    hostname: origin.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: origin.port,
    agent: secure ? agents['https:'] : agents['http:'],
  });
}
