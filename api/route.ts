import type { ZodType } from 'zod';
import type { Failure } from '../core/failure.ts';
import type { Platform } from '../core/platform.ts';
import type { Actor } from '../core/records/account.ts';
import type { App } from '../core/records/app.ts';
import type { Result } from '../core/result.ts';

/**
 * Who may call a route. `public`: anybody; `account`: a valid token; `app`: owner or collaborator of the app in `:app`;
 * `app-owner`: its owner. There is no default: a route without a permission does not compile.
 */
export type Permission = 'public' | 'account' | 'app' | 'app-owner';

type ParamNames<Path extends string> = Path extends `${string}/:${infer Rest}`
  ? Rest extends `${infer Name}/${infer More}`
    ? Name | ParamNames<`/${More}`>
    : Rest
  : never;

/** The `:parameters` of a path: a route is called only if none of them is empty. */
export type Params<Path extends string> = Readonly<Record<ParamNames<Path>, string>>;

/** A request after authentication, authorization and parsing. */
export interface ApiRequest<Body, P = object> {
  readonly platform: Platform;
  /** `undefined` only on `public` routes. */
  readonly actor: Actor;
  /** Only on `app` and `app-owner` routes. */
  readonly app: App;
  readonly params: P;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  /** What is left of the caller's request quota. */
  readonly remainingCalls: number;
  readonly body: Body;
}

/**
 * The kernel sorts and cuts a list and adds its range headers. `sortKeys` are the attributes that a client may name in
 * `Range`, the default first.
 */
export interface ListAnswer {
  readonly list: readonly Readonly<Record<string, unknown>>[];
  readonly sortKeys: readonly [string, ...string[]];
  /** Attributes that Heroku sorts this list by and that its elements have under another name, which is one of `sortKeys`. */
  readonly sortAliases?: Readonly<Record<string, string>>;
}

export interface ObjectAnswer {
  readonly status?: 200 | 201 | 202;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Plain text, for people who read with `curl`. Must contain nothing that drives a terminal. */
export interface TextAnswer {
  readonly text: string;
}

export type Answer = ListAnswer | ObjectAnswer | TextAnswer;

export interface Route<Body = unknown, Path extends string = string> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Hono path, e.g. `/apps/:app/formation/:type`. */
  readonly path: Path;
  readonly permission: Permission;
  /** Unknown keys are dropped, a wrong type is a 422 that names the field. Absent: the body is ignored. */
  readonly body?: ZodType<Body>;
  /** Does not spend the caller's request quota (`GET /account/rate-limits`). */
  readonly unmetered?: boolean;
  handle(request: ApiRequest<Body, Params<Path>>): Promise<Result<Answer, Failure>>;
}

/** Ties the type of `body` to `handle`, and the parameters of `path` to `handle`. */
export function route<Body, Path extends string>(definition: Route<Body, Path>): Route {
  return definition as unknown as Route;
}
