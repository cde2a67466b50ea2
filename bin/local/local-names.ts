import type { CertificateAuthority } from '../../adapters/local/certificate-authority.ts';
import type { Problems } from '../../core/ports/problems.ts';
import type { RouteFeed } from '../../core/ports/route-feed.ts';
import type { RouterCertificates } from '../../services/router/supervise.ts';

export interface LocalNamesParts {
  readonly feed: RouteFeed;
  readonly certificates: RouterCertificates;
  readonly authority: Pick<CertificateAuthority, 'issueFor'>;
  readonly problems: Problems;
}

/**
 * Gives each app's name below `localhost` its own certificate. One for `*.localhost` would not do: no client accepts a wildcard
 * directly below a top-level domain.
 */
export function withLocalCertificates({ feed, certificates, authority, problems }: LocalNamesParts): RouteFeed {
  const namesOf = new Map<string, readonly string[]>();
  const has = (name: string) => [...namesOf.values()].some((names) => names.includes(name));
  // One after the other: hundreds of apps at a start must not hold up anything else.
  let turn = Promise.resolve();

  const give = (name: string): void => {
    turn = turn
      .then(async () => {
        if (!has(name)) return;
        const certificate = await authority.issueFor(name);
        if (has(name)) certificates.set(name, certificate);
      })
      .catch((error: unknown) => problems.report(`no certificate for ${name}`, error));
  };

  const change = (appId: string, names: readonly string[]): void => {
    const before = namesOf.get(appId) ?? [];
    if (names.length === 0) namesOf.delete(appId);
    else namesOf.set(appId, names);
    for (const name of names) if (!before.includes(name)) give(name);
    for (const name of before) if (!names.includes(name) && !has(name)) certificates.remove(name);
  };

  return {
    publish(routes) {
      feed.publish(routes);
      change(
        routes.appId,
        routes.hosts.filter((host) => host.endsWith('.localhost')),
      );
    },
    remove(appId) {
      feed.remove(appId);
      change(appId, []);
    },
  };
}
