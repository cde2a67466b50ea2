import type { PublicUrls } from '../core/platform.ts';

export interface UrlSettings {
  /** Absent: this function shows it to nobody. */
  readonly apiUrl?: string;
  readonly servicesUrl: string;
  readonly appsDomain: string;
}

/** Where users reach the platform. Apps answer over the load balancer's protocol, which is also the services'. */
export function awsUrls({ apiUrl, servicesUrl, appsDomain }: UrlSettings): PublicUrls {
  const services = new URL(servicesUrl);
  return {
    get api() {
      if (apiUrl === undefined) throw new Error('this function does not know the address of the API');
      return apiUrl;
    },
    services: servicesUrl,
    rendezvousHost: services.host,
    appsDomain,
    webUrl: (appName) => `${services.protocol}//${appName}.${appsDomain}/`,
    gitUrl: (appName) => `${servicesUrl}/${appName}.git`,
    hosts: (appName) => [`${appName}.${appsDomain}`],
  };
}
