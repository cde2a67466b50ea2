/**
 * The parts of the platform classes of the same names that the API uses. Node loads the real classes, together with an HTTP
 * client, when the first one is made: a tenth of the time to a function's first answer.
 */

export class LightHeaders implements Iterable<[string, string]> {
  readonly #values: ReadonlyMap<string, string>;

  /** Names in lower case, as API Gateway writes them. */
  constructor(values: ReadonlyMap<string, string>) {
    this.#values = values;
  }

  get(name: string): string | null {
    return this.#values.get(name.toLowerCase()) ?? null;
  }

  has(name: string): boolean {
    return this.#values.has(name.toLowerCase());
  }

  forEach(visit: (value: string, name: string) => void): void {
    for (const [name, value] of this.#values) visit(value, name);
  }

  [Symbol.iterator](): Iterator<[string, string]> {
    return this.#values.entries();
  }
}

/** A request without a body. */
export class LightRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: LightHeaders;
  readonly body = null;

  constructor(method: string, url: string, headers: LightHeaders) {
    this.method = method;
    this.url = url;
    this.headers = headers;
  }
}

export class LightResponse {
  readonly body: string | null;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    body: string | null,
    { status, headers }: { readonly status: number; readonly headers: Readonly<Record<string, string>> },
  ) {
    this.body = body;
    this.status = status;
    this.headers = headers;
  }
}
