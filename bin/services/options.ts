/** What one task runs. */
export const ROLES = ['router', 'logs', 'git', 'rendezvous'] as const;
export type Role = (typeof ROLES)[number];

export interface ServicesOptions {
  readonly roles: ReadonlySet<Role>;
  /** Repositories, log history and growing output; it may be lost with the task. */
  readonly dataDirectory: string;
  /** CIDR blocks of the load balancer. */
  readonly trustedProxies: readonly string[];
  readonly host: string;
  readonly ports: {
    readonly services: number;
    readonly router: number;
    readonly forward: number;
    readonly attach: number;
  };
}

/** Where the load balancer and dynos find them. */
const PORTS = { services: 5_000, router: 8_080, forward: 24_224, attach: 5_001 };

/** Throws an error that names the variable. */
export function readOptions(variables: Readonly<Record<string, string | undefined>>): ServicesOptions {
  const roles = list(variables.DYNOFORM_SERVICES) ?? ROLES;
  const unknown = roles.find((role) => !ROLES.includes(role as Role));
  if (roles.length === 0 || unknown !== undefined) {
    throw new Error(`DYNOFORM_SERVICES: must be one or more of ${ROLES.join(',')}`);
  }
  return {
    roles: new Set(roles as readonly Role[]),
    dataDirectory: variables.DYNOFORM_DATA_DIRECTORY ?? '/data',
    trustedProxies: list(variables.DYNOFORM_TRUSTED_PROXIES) ?? [],
    host: '0.0.0.0',
    ports: PORTS,
  };
}

function list(value: string | undefined): readonly string[] | undefined {
  return value
    ?.split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
}
