/** The parts of the Platform API's answers that its clients here read, by Heroku's names. */
export interface App {
  readonly id: string;
  readonly name: string;
  readonly web_url: string;
}

export interface Source {
  readonly source_blob: { readonly get_url: string; readonly put_url: string };
}

/** What a build is made of. */
export interface SourceBlob {
  readonly url: string;
  readonly version?: string;
  readonly version_description?: string;
}

export interface Build {
  readonly id: string;
  readonly status: string;
  readonly output_stream_url: string;
  readonly release: { readonly id: string } | null;
}

export interface Release {
  readonly version: number;
  readonly status: string;
  readonly output_stream_url: string | null;
}

export interface Dyno {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly state: string;
  readonly release: { readonly version: number };
}

/** A dyno that waits for its client. */
export interface AttachedDyno extends Dyno {
  readonly attach_url: string;
}

export interface Domain {
  readonly acm_status: string | null;
  readonly acm_status_reason: string | null;
}

export interface LogSession {
  readonly logplex_url: string;
}
