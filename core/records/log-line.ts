/** `source`: `app` for dyno output and API events, `heroku` for the router and the dyno manager. */
export interface LogLine {
  readonly appId: string;
  readonly atMs: number;
  readonly source: 'app' | 'heroku';
  /** `web.1`, `router`, `api`. */
  readonly process: string;
  /** One line, without its newline. */
  readonly message: string;
}

export interface LogFilter {
  /** Exact. */
  readonly source?: string;
  /** `web` matches `web` and `web.*`; `web.1` matches only itself. */
  readonly process?: string;
}
