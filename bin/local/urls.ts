import type { PublicUrls } from '../../core/platform.ts';

/** In every browser and in curl names below `localhost` mean this machine (RFC 6761), so apps need no DNS. */
export function localUrls(apiPort: number, routerPort: number): PublicUrls {
  return {
    api: `http://localhost:${apiPort}`,
    services: `http://localhost:${apiPort}`,
    rendezvousHost: `localhost:${apiPort}`,
    webUrl: (appName) => `http://${appName}.localhost:${routerPort}/`,
    gitUrl: (appName) => `https://localhost:${apiPort}/${appName}.git`,
    appsDomain: 'localhost',
    hosts: (appName) => [`${appName}.localhost`],
  };
}
