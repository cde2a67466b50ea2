import type { Dyno, FormationDyno } from '../core/records/dyno.ts';

type KeyOfAny<T> = T extends unknown ? keyof T : never;
type ValueOfAny<T, Key> = T extends unknown ? (Key extends keyof T ? T[Key] : never) : never;

/** A dyno with every field of every kind: rules also read fields that its own kind does not have. */
export type DynoFields = Pick<FormationDyno, Exclude<keyof Dyno, 'kind'>> &
  Pick<Dyno, 'kind'> & { readonly [Key in Exclude<KeyOfAny<Dyno>, keyof Dyno>]?: ValueOfAny<Dyno, Key> };

export function fieldsOf(dyno: Dyno): DynoFields;
export function fieldsOf(dyno: Dyno | undefined): DynoFields | undefined;
export function fieldsOf(dyno: Dyno | undefined): DynoFields | undefined {
  return dyno;
}

export type OfKind<Kind extends Dyno['kind']> = Extract<Dyno, { readonly kind: Kind }>;

export function ofKind<Kind extends Dyno['kind']>(dyno: Dyno, kind: Kind): OfKind<Kind> {
  if (dyno.kind !== kind) throw new Error(`${dyno.name} is a ${dyno.kind} dyno`);
  return dyno as OfKind<Kind>;
}
