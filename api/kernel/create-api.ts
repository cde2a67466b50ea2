import { type Context, Hono } from 'hono';
import { scopeAllows } from '../../core/account/token-scope.ts';
import { findAppFor } from '../../core/app/find-app.ts';
import type { Failure } from '../../core/failure.ts';
import type { Platform } from '../../core/platform.ts';
import type { Actor } from '../../core/records/account.ts';
import type { App } from '../../core/records/app.ts';
import { ok, type Result } from '../../core/result.ts';
import { MISSING } from '../missing.ts';
import type { ApiRequest, Params, Route } from '../route.ts';
import { checkAccept } from './accept.ts';
import { authenticateRequest } from './authenticate-request.ts';
import { checkRoutes } from './check-routes.ts';
import { INTERNAL_ERROR, OUT_OF_QUOTA, UNAUTHORIZED, UNKNOWN_ENDPOINT } from './errors.ts';
import { missingRoute } from './missing-route.ts';
import { QuotaMeter } from './quota-meter.ts';
import { parseBody, readBody } from './read-body.ts';
import { type Rendered, renderAnswer, renderFailure } from './render.ts';
import { clientRequestIds, requestIdHeader } from './request-ids.ts';
import { preflightResponse, type Respond, respond as respondByDefault, toResponse } from './response.ts';
import { answerOnce } from './retried-request.ts';

export interface ApiOptions {
  readonly platform: Platform;
  readonly routes: readonly Route[];
  readonly respond?: Respond;
}

const OVERRIDABLE: readonly string[] = ['GET', 'PUT', 'PATCH', 'DELETE'];

/** The HTTP API. Everything that all routes share happens here, in one fixed order. */
export function createApi({ platform, routes, respond = respondByDefault }: ApiOptions): Hono {
  checkRoutes(routes);
  const api = new Hono();
  const meter = new QuotaMeter(platform.clock);

  /** For clients behind proxies that allow only GET and POST. */
  const overridden = (context: Context): Response | Promise<Response> | undefined => {
    const method = context.req.raw.headers.get('x-http-method-override')?.toUpperCase();
    if (context.req.method !== 'POST' || method === undefined || !OVERRIDABLE.includes(method)) return undefined;
    const { raw } = context.req;
    const headers = new Headers(raw.headers);
    headers.delete('x-http-method-override');
    const bodiless = method === 'GET' || raw.body === null;
    return api.fetch(
      new Request(raw.url, { method, headers, ...(bodiless ? {} : { body: raw.body, duplex: 'half' }) } as RequestInit),
      context.env,
    );
  };

  const serve = async (route: Route, context: Context, params = context.req.param()): Promise<Response> => {
    const request = context.req.raw;
    const ownId = platform.ids.uuid();
    const clientIds = clientRequestIds(request.headers.get('request-id'));
    const meta = { request, respond, requestIds: requestIdHeader(ownId, clientIds), sha256: platform.ids.sha256 };
    /** The user's answer has only the id of the request. */
    const report = (error: unknown) => platform.problems.report('a request failed', error, { requestId: ownId });
    let actor: Actor | undefined;
    try {
      const admitted = await admit(platform, meter, route, context.req.raw.headers, params);
      actor = admitted.actor;
      const rendered = admitted.refusal
        ? renderFailure(admitted.refusal)
        : await perform({
            platform,
            route,
            context,
            admitted,
            requestId: clientIds[0],
            remainingCalls: actor === undefined ? 0 : meter.remaining(actor.accountId),
            report,
          });
      return toResponse(rendered, meta, actor && meter.remaining(actor.accountId));
    } catch (error) {
      report(error);
      return toResponse(renderFailure(INTERNAL_ERROR), meta, actor && meter.remaining(actor.accountId));
    }
  };

  for (const route of routes) {
    api.on(route.method, route.path, (context) => overridden(context) ?? serve(route, context));
  }
  api.notFound((context) => {
    const again = overridden(context);
    if (again !== undefined) return again;
    if (context.req.method === 'OPTIONS') return preflightResponse(respond);
    const missing = missingRoute(context.req.method, context.req.path, MISSING);
    if (missing !== undefined) return serve(missing.route, context, missing.params);
    const clientIds = clientRequestIds(context.req.raw.headers.get('request-id'));
    const requestIds = requestIdHeader(platform.ids.uuid(), clientIds);
    return toResponse(renderFailure(UNKNOWN_ENDPOINT), {
      request: context.req.raw,
      respond,
      requestIds,
      sha256: platform.ids.sha256,
    });
  });
  return api;
}

interface Admitted {
  readonly actor?: Actor;
  readonly app?: App;
  readonly refusal?: Failure;
}

/** Whether this caller may use this route at all. Does not read the body: strangers cannot make us read one. */
async function admit(
  platform: Platform,
  meter: QuotaMeter,
  route: Route,
  headers: Headers,
  params: Readonly<Record<string, string>>,
): Promise<Admitted> {
  const accept = checkAccept(headers.get('accept'));
  if (!accept.ok) return { refusal: accept.error };
  if (route.permission === 'public') return {};
  const actor = await authenticateRequest(platform, headers);
  if (actor === undefined) return { refusal: UNAUTHORIZED };
  if (!route.unmetered && !meter.spend(actor.accountId)) return { actor, refusal: OUT_OF_QUOTA };
  if (!scopeAllows(actor.scope ?? [], route.method, route.path)) {
    return { actor, refusal: { id: 'forbidden', message: 'The scope of this token does not allow this.' } };
  }
  if (route.permission === 'account') return { actor };
  // `checkRoutes` makes sure that the path has this parameter.
  const { app: identity } = params as Params<'/apps/:app'>;
  const found = await findAppFor(platform, actor, identity);
  if (!found.ok) return { actor, refusal: found.error };
  const { app, role } = found.value;
  if (route.permission === 'app-owner' && role !== 'owner') {
    return { actor, refusal: { id: 'forbidden', message: `Only the owner of ${app.name} can do that.` } };
  }
  return { actor, app };
}

interface Admission {
  readonly platform: Platform;
  readonly route: Route;
  readonly context: Context;
  readonly admitted: Admitted;
  readonly requestId: string | undefined;
  readonly remainingCalls: number;
  readonly report: (error: unknown) => void;
}

async function perform(admission: Admission): Promise<Rendered> {
  const { platform, route, context, admitted, requestId, report } = admission;
  const text = route.body === undefined ? ok('') : await readBody(context.req.raw);
  if (!text.ok) return renderFailure(text.error);
  const work = async () => {
    const answered = await handle(admission, text.value);
    return answered.ok ? answered.value : renderFailure(answered.error);
  };
  if (route.method !== 'POST' || requestId === undefined || admitted.actor === undefined) return work();
  const url = new URL(context.req.url);
  const { accountId } = admitted.actor;
  const posted = { accountId, requestId, target: `${url.pathname}${url.search}`, body: text.value };
  const once = await answerOnce(platform, posted, work, report);
  return once.ok ? once.value : renderFailure(once.error);
}

async function handle(admission: Admission, text: string): Promise<Result<Rendered, Failure>> {
  const { platform, route, context, admitted, remainingCalls } = admission;
  const body = route.body === undefined ? ok(undefined) : parseBody(text, route.body);
  if (!body.ok) return body;
  const { headers } = context.req.raw;
  const answer = await route.handle({
    platform,
    actor: admitted.actor,
    app: admitted.app,
    params: context.req.param(),
    query: queryOf(context.req.url),
    headers,
    remainingCalls,
    body: body.value,
    // Without an actor on `public` routes, and with an app only on app routes: the route's permission says which.
  } as ApiRequest<unknown>);
  return answer.ok ? renderAnswer(answer.value, route.method === 'GET' ? headers.get('range') : null) : answer;
}

function queryOf(url: string): URLSearchParams {
  const start = url.indexOf('?');
  return new URLSearchParams(start === -1 ? '' : url.slice(start));
}
