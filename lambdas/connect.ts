/** Until the adapters of AWS are in the tree. */
export function connect(): never {
  throw new Error('the adapters of AWS are not wired yet');
}
