/**
 * Names that are built into the CLI, which calls them on the port of `HEROKU_HOST`. With `HTTP_PROXY` pointing here, or a
 * hosts file, those calls reach the platform, which answers them itself by path.
 */
const BUILT_IN_HOSTS = [
  'api.data.heroku.com',
  'api.metrics.herokai.com',
  'api.metrics.heroku.com',
  'particleboard.heroku.com',
  'telex.heroku.com',
];
const LOOPBACK_HOSTS = ['localhost', '127.0.0.1', '[::1]'];

export interface HostRules {
  /** For the Host header and the CONNECT target: with or without port, in any case. */
  allows(authority: string): boolean;
}

/**
 * A page of any web site can make a browser send requests to loopback by pointing its own name at 127.0.0.1 (DNS
 * rebinding), but the browser then sends that name as host: only requests for our own names are answered.
 */
export function hostRules(allowedHosts: readonly string[]): HostRules {
  const own = [...LOOPBACK_HOSTS, ...allowedHosts.map((host) => host.toLowerCase())];
  const names = new Set([...own, ...own.map((host) => `registry.${host}`), ...BUILT_IN_HOSTS]);
  return { allows: (authority) => names.has(authority.toLowerCase().replace(/:\d{1,5}$/, '')) };
}
