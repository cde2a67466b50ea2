import type { Platform } from '../core/platform.ts';
import type { App } from '../core/records/app.ts';
import type { Domain } from '../core/records/domain.ts';
import { apiDate } from '../core/time.ts';

/** The app's own name. It has no record: it comes with the app, and has the app's id. */
export function serializeOwnDomain({ urls }: Platform, app: App) {
  return {
    acm_status: null,
    acm_status_reason: null,
    app: { id: app.id, name: app.name },
    cname: null,
    created_at: apiDate(app.createdAtMs),
    hostname: urls.hosts(app.name)[0],
    id: app.id,
    kind: 'heroku',
    sni_endpoint: null,
    status: 'none',
    updated_at: apiDate(app.createdAtMs),
    validation_record: null,
  };
}

export function serializeDomain(app: App, domain: Domain) {
  const certificate = app.acm?.enabled === true ? domain.certificate : undefined;
  return {
    acm_status: certificate?.status ?? null,
    acm_status_reason: certificate?.reason ?? null,
    app: { id: app.id, name: app.name },
    cname: domain.dnsTarget,
    created_at: apiDate(domain.createdAtMs),
    hostname: domain.hostname,
    id: domain.id,
    kind: 'custom',
    sni_endpoint: certificate?.issued === undefined ? null : automaticEndpointReference(app),
    status: domain.status,
    updated_at: apiDate(domain.updatedAtMs),
    validation_record: certificate?.record ?? null,
  };
}

/**
 * The app's automatic certificate as Heroku shows it. Here each domain has its own certificate, but clients see one endpoint,
 * because the official CLI asks which one is meant when there are two.
 */
export function serializeAutomaticEndpoint(app: App, domains: readonly Domain[]) {
  const covered = domains.flatMap(({ id, hostname, certificate }) =>
    certificate?.issued === undefined ? [] : [{ id, hostname, ...certificate.issued }],
  );
  const [first] = covered;
  if (app.acm?.enabled !== true || first === undefined) return undefined;
  const startsAt = apiDate(Math.max(...covered.map(({ startsAtMs }) => startsAtMs)));
  return {
    app: { id: app.id, name: app.name },
    // The issuer keeps the certificates and changes them at each renewal without us.
    certificate_chain: '',
    created_at: startsAt,
    display_name: null,
    domains: covered.map(({ id }) => id),
    ...automaticEndpointReference(app),
    ssl_cert: {
      acm: true,
      'ca_signed?': true,
      cert_domains: covered.map(({ hostname }) => hostname),
      expires_at: apiDate(Math.min(...covered.map(({ expiresAtMs }) => expiresAtMs))),
      id: app.id,
      issuer: first.issuer,
      'self_signed?': false,
      starts_at: startsAt,
      subject: first.subject,
    },
    updated_at: startsAt,
  };
}

function automaticEndpointReference(app: App) {
  return { id: app.id, name: `acm-${app.id.slice(0, 8)}` };
}
