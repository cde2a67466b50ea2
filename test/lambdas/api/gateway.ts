import { createApi } from '../../../api/kernel/create-api.ts';
import type { Route } from '../../../api/route.ts';
import { routes as allRoutes } from '../../../api/routes.ts';
import { createHandler } from '../../../lambdas/api/handler.ts';
import { LightResponse } from '../../../lambdas/api/light-http.ts';
import type { ApiFixture } from '../../api/api-fixture.ts';

/** An event like those of API Gateway's HTTP APIs, payload format 2.0: names in lower case, one value per name, the path decoded. */
export function httpEvent(method: string, path: string, more: object = {}) {
  return {
    version: '2.0',
    routeKey: 'ANY /{proxy+}',
    rawPath: path,
    rawQueryString: '',
    headers: {},
    requestContext: {
      accountId: '111122223333',
      apiId: 'api',
      domainName: 'api.example.com',
      domainPrefix: 'api',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'heroku-cli' },
      requestId: 'JKJaXmPLvHcESHA=',
      routeKey: 'ANY /{proxy+}',
      stage: '$default',
      time: '21/Nov/2026:12:00:00 +0000',
      timeEpoch: 1_795_262_400_000,
    },
    pathParameters: { proxy: path.slice(1) },
    isBase64Encoded: false,
    ...more,
  };
}

/** The function's handler on the embedded platform, wired as in lambdas/api/index.ts. */
export function openGateway(
  fixture: ApiFixture,
  { routes = allRoutes, flush = async () => {} }: { routes?: readonly Route[]; flush?: () => Promise<void> } = {},
) {
  return createHandler({
    api: createApi({
      platform: fixture.platform,
      routes,
      respond: (body, init) => new LightResponse(body, init) as unknown as Response,
    }),
    flush,
  });
}
