import { Encoder, ExtData } from '@msgpack/msgpack';

/** Messages as Docker's fluentd driver and fluent-bit write them. */
const encoder = new Encoder();

export function eventTime(atMs: number): ExtData {
  const data = new Uint8Array(8);
  const view = new DataView(data.buffer);
  view.setUint32(0, Math.floor(atMs / 1_000));
  view.setUint32(4, (atMs % 1_000) * 1e6);
  return new ExtData(0, data);
}

export type Fields = Readonly<Record<string, unknown>>;

export const messageMode = (time: unknown, fields: Fields, option?: Fields): Uint8Array =>
  encoder.encode(option === undefined ? ['docker', time, fields] : ['docker', time, fields, option]);

export const forwardMode = (entries: readonly (readonly [unknown, Fields])[], option?: Fields): Uint8Array =>
  encoder.encode(option === undefined ? ['docker', entries] : ['docker', entries, option]);

export function packedForwardMode(entries: readonly (readonly [unknown, Fields])[], option?: Fields): Uint8Array {
  const packed = Buffer.concat(entries.map((entry) => encoder.encode(entry)));
  return encoder.encode(option === undefined ? ['docker', packed] : ['docker', packed, option]);
}
