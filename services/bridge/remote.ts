import type { RequestOptions } from 'node:http';
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

/** Where the platform is: the API, and its services (git, log sessions, output, rendezvous), which may have a host of their own. */
export interface Remote {
  readonly api: URL;
  readonly services: URL;
}

/** Git, log sessions and output streams are served by the services, everything else by the API. */
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
