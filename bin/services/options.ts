import { readVariables } from '../../adapters/aws/environment.ts';
import { SERVICE_PORTS } from '../../adapters/aws/ports.ts';
import type { ServiceRole } from '../../adapters/aws/variables.ts';

export interface ServicesOptions {
  /** The roles of this task. */
  readonly roles: ReadonlySet<ServiceRole>;
  /** Repositories, log history and growing output; it may be lost with the task. */
  readonly dataDirectory: string;
  /** CIDR blocks of the load balancer. */
  readonly trustedProxies: readonly string[];
  readonly host: string;
  readonly ports: Readonly<Record<keyof typeof SERVICE_PORTS, number>>;
}

/** Throws an error that names the variable. */
export function readOptions(variables: Readonly<Record<string, string | undefined>>): ServicesOptions {
  const { services, trustedProxies, dataDirectory } = readVariables(variables, [
    'SERVICES',
    'TRUSTED_PROXIES',
    'DATA_DIRECTORY',
  ]);
  return { roles: new Set(services), dataDirectory, trustedProxies, host: '0.0.0.0', ports: SERVICE_PORTS };
}
