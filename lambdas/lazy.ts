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
