import { Decoder, ExtensionCodec } from '@msgpack/msgpack';
import { BadMessagePack, MessagePackValues } from './msgpack-values.ts';

/** One record of the fluentd forward protocol. */
export interface ForwardRecord {
  readonly atMs: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface ForwardMessage {
  readonly records: readonly ForwardRecord[];
  /** The sender repeats the message until this comes back. */
  readonly chunk?: string;
}

/** fluentd's EventTime: seconds and nanoseconds (Fluentd Forward Protocol Specification v1). */
const EVENT_TIME = 0;

const extensionCodec = new ExtensionCodec();
extensionCodec.register({
  type: EVENT_TIME,
  encode: () => null,
  decode: (data) => {
    if (data.length !== 8) throw new BadMessagePack('not an EventTime');
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    return view.getUint32(0) + view.getUint32(4) / 1e9;
  },
});
const decoder = new Decoder({ extensionCodec });

/**
 * The modes Message, Forward and PackedForward. Compressed entries are refused: no sender of ours compresses, and their
 * unpacked size has no limit.
 */
export function readForwardMessage(value: Uint8Array): ForwardMessage {
  const message = decode(value);
  if (!Array.isArray(message) || typeof message[0] !== 'string') throw new BadMessagePack('not a forward message');
  const [, second, third, fourth] = message;
  if (second instanceof Uint8Array) {
    if (fieldOf(third, 'compressed') !== undefined) throw new BadMessagePack('compressed entries are not taken');
    return { records: packedEntries(second), ...chunkOf(third) };
  }
  // An entry's time may be an array too (fluent-bit: time and metadata), but the first element of an entry list is an entry.
  if (Array.isArray(second) && !isTime(second)) return { records: second.map(entry), ...chunkOf(third) };
  return { records: [entry([second, third])], ...chunkOf(fourth) };
}

function packedEntries(packed: Uint8Array): readonly ForwardRecord[] {
  const values = new MessagePackValues();
  return values.push(packed).map((value) => entry(decode(value)));
}

function entry(value: unknown): ForwardRecord {
  if (!Array.isArray(value)) throw new BadMessagePack('not an entry');
  const [time, fields] = value as unknown[];
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) throw new BadMessagePack('not a record');
  return { atMs: milliseconds(time), fields: fields as Readonly<Record<string, unknown>> };
}

const isTime = (value: readonly unknown[]) => typeof value[0] === 'number' && value.length === 2;

/** Seconds, with a fraction for an EventTime. The log replaces NaN by the time of arrival. */
function milliseconds(time: unknown): number {
  const seconds = Array.isArray(time) ? time[0] : time;
  return typeof seconds === 'number' ? Math.round(seconds * 1_000) : Number.NaN;
}

function chunkOf(option: unknown): { readonly chunk?: string } {
  const chunk = fieldOf(option, 'chunk');
  return typeof chunk === 'string' ? { chunk } : {};
}

function fieldOf(option: unknown, name: string): unknown {
  return typeof option === 'object' && option !== null ? (option as Record<string, unknown>)[name] : undefined;
}

function decode(value: Uint8Array): unknown {
  try {
    return decoder.decode(value);
  } catch (error) {
    throw error instanceof BadMessagePack ? error : new BadMessagePack('cannot be decoded', { cause: error });
  }
}
