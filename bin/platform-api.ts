export type Api = <T>(method: string, route: string, body?: unknown) => Promise<T>;

/** The Platform API, as any client of Heroku's uses it. */
export function apiOf(url: string, token: string): Api {
  return async <T>(method: string, route: string, body?: unknown): Promise<T> => {
    const response = await fetch(`${url}${route}`, {
      method,
      headers: {
        accept: 'application/vnd.heroku+json; version=3',
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${route}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };
}
