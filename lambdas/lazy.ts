/** A client made when it is first used: making one takes milliseconds of a cold start, and most requests need but two. */
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

/** A port whose code is loaded when it is first asked: what most requests do not need is nothing that all should wait for. */
export function lazyPort<T extends Asynchronous<T>>(open: () => Promise<T>): T {
  let opening: Promise<T> | undefined;
  return new Proxy({} as T, {
    get(_target, property) {
      // Or a promise of this port would take it for another promise.
      if (property === 'then') return undefined;
      return async (...args: unknown[]) => {
        opening ??= open();
        const port = await opening;
        return (Reflect.get(port, property) as (...args: unknown[]) => Promise<unknown>).apply(port, args);
      };
    },
  });
}
