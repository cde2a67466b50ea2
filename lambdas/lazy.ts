/** Makes a client when it is first used: making one takes milliseconds of a cold start, and most requests need only two. */
export function lazy<T extends object>(make: () => T): T {
  let made: T | undefined;
  return new Proxy({} as T, {
    get(_target, property) {
      made ??= make();
      const value = Reflect.get(made, property, made) as unknown;
      return typeof value === 'function' ? value.bind(made) : value;
    },
  });
}

type Asynchronous<T> = { readonly [K in keyof T]: T[K] extends (...args: never[]) => Promise<unknown> ? T[K] : never };

/** A port whose code is loaded at its first use, so that requests which do not need it do not wait for it. */
export function lazyPort<T extends Asynchronous<T>>(open: () => Promise<T>): T {
  let opening: Promise<T> | undefined;
  return new Proxy({} as T, {
    get(_target, property) {
      // Otherwise a promise of this port would take it for another promise.
      if (property === 'then') return undefined;
      return async (...args: unknown[]) => {
        opening ??= open();
        const port = await opening;
        return (Reflect.get(port, property) as (...args: unknown[]) => Promise<unknown>).apply(port, args);
      };
    },
  });
}
