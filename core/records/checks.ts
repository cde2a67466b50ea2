/**
 * Returns what is wrong with a value that was read as a `T`: the field, or in a word what it is not; undefined: nothing. The type
 * is invariant: a check for less or for more than the field's own type does not compile in a shape.
 */
export interface Check<T> {
  (value: unknown): string | undefined;
  /** Never present: it ties the check to its type. */
  readonly ofType?: (value: T) => T;
}

/** A check for each field, including optional ones. */
export type Shape<T> = { readonly [Field in keyof T]-?: Check<T[Field]> };

export const text: Check<string> = (value) => (typeof value === 'string' ? undefined : 'no text');
export const flag: Check<boolean> = (value) => (typeof value === 'boolean' ? undefined : 'no flag');
export const number: Check<number> = (value) => (Number.isFinite(value) ? undefined : 'no number');
/** A whole number of anything: a time, a version, a size. */
export const count: Check<number> = (value) =>
  Number.isInteger(value) && (value as number) >= 0 ? undefined : 'no count';
export const countUpTo =
  (most: number): Check<number> =>
  (value) =>
    count(value) ?? ((value as number) <= most ? undefined : 'too much');

export function oneOf<const T extends string | number | boolean>(...values: readonly T[]): Check<T> {
  const known = new Set<unknown>(values);
  return (value) => (known.has(value) ? undefined : 'unknown');
}

export const optional =
  <T>(check: Check<T>): Check<T | undefined> =>
  (value) =>
    value === undefined ? undefined : check(value);

export const listOf =
  <T>(check: Check<T>): Check<readonly T[]> =>
  (value) =>
    Array.isArray(value) && value.every((element) => check(element) === undefined) ? undefined : 'no list';

/** The flaw is the key of the first invalid value. */
export const mapOf =
  <T>(check: Check<T>): Check<Readonly<Record<string, T>>> =>
  (value) =>
    isObject(value) ? Object.keys(value).find((key) => check(value[key]) !== undefined) : 'no object';

/** The flaw is the first invalid field. Unknown fields are fine. */
export const fields =
  <T extends object>(shape: Shape<T>): Check<T> =>
  (value) =>
    isObject(value) ? flawIn(shape, value) : 'no object';

/** For types with different fields per kind: the field `Kind` says which kind it is. */
export function variants<T extends object, Kind extends keyof T & string>(
  kind: Kind,
  shapes: { readonly [Value in T[Kind] & string]: Shape<Omit<Extract<T, Readonly<Record<Kind, Value>>>, Kind>> },
): Check<T> {
  const known = new Map<unknown, Readonly<Record<string, Check<never>>>>(Object.entries(shapes));
  return (value) => {
    if (!isObject(value)) return 'no object';
    const shape = known.get(value[kind]);
    return shape === undefined ? kind : flawIn(shape, value);
  };
}

export const either =
  <A, B>(one: Check<A>, other: Check<B>): Check<A | B> =>
  (value) =>
    one(value) === undefined ? undefined : other(value);

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function flawIn(
  shape: Readonly<Record<string, (value: unknown) => string | undefined>>,
  value: Readonly<Record<string, unknown>>,
): string | undefined {
  for (const field in shape) if (shape[field]?.(value[field]) !== undefined) return field;
  return undefined;
}
