import { CR, FIELD, LF, TOKEN } from './characters.ts';

/** Node's own server ends a body whose chunk extensions exceed 16 KiB (CVE-2024-22019); the router ends it first. */
const EXTENSIONS_MAX = 16 * 1024;
const EXTENSION_MAX = 256;
const TRAILERS_MAX = 8_192;
/** More digits than a safe integer needs; leading zeros count. */
const SIZE_DIGITS_MAX = 13;

/** Trailers that would change length, host or client in a program that merges trailers into the headers. */
const FORBIDDEN_TRAILER =
  /^(?:host|content-length|content-encoding|content-type|content-range|transfer-encoding|connection|keep-alive|te|trailer|upgrade|expect|via|authorization|cookie|set-cookie|x-forwarded-.*|x-request-.*)$/i;

const SIZE = 0;
const EXTENSION = 1;
const SIZE_LF = 2;
const DATA = 3;
const DATA_CR = 4;
const DATA_LF = 5;
const TRAILER_START = 6;
const TRAILER_NAME = 7;
const TRAILER_VALUE = 8;
const TRAILER_LF = 9;
const END_LF = 10;

/** Follows a body through pieces of bytes; finds its end and whether it is well formed. */
export interface BodyFraming {
  done: boolean;
  bad: boolean;
  /** Returns the index after the last byte of `bytes` that belongs to the body. */
  feed(bytes: Buffer, from: number): number;
}

/** Chunked coding (RFC 9112 7.1) without any of its tolerated variants. */
export class ChunkedBody implements BodyFraming {
  done = false;
  bad = false;
  readonly #onPayload: ((payload: Buffer) => void) | undefined;
  #state = SIZE;
  #size = 0;
  #digits = 0;
  #extensionBytes = 0;
  #extensionsBytes = 0;
  #trailerBytes = 0;
  #trailerName = '';

  /** `onPayload` gets the content without the coding. */
  constructor(onPayload?: (payload: Buffer) => void) {
    this.#onPayload = onPayload;
  }

  feed(bytes: Buffer, from: number): number {
    let at = from;
    while (at < bytes.length && !this.done) {
      if (this.#state === DATA) {
        const end = Math.min(bytes.length, at + this.#size);
        this.#onPayload?.(bytes.subarray(at, end));
        this.#size -= end - at;
        at = end;
        if (this.#size === 0) this.#state = DATA_CR;
        continue;
      }
      if (!this.#step(bytes[at] ?? 0)) {
        this.bad = true;
        return at;
      }
      at += 1;
    }
    return at;
  }

  /** False: this byte is not allowed here. */
  #step(byte: number): boolean {
    switch (this.#state) {
      case SIZE:
        return this.#sizeByte(byte);
      case EXTENSION:
        if (byte === CR) return this.#to(SIZE_LF);
        this.#extensionBytes += 1;
        this.#extensionsBytes += 1;
        return FIELD[byte] === 1 && this.#extensionBytes <= EXTENSION_MAX && this.#extensionsBytes <= EXTENSIONS_MAX;
      case SIZE_LF:
        if (byte !== LF) return false;
        return this.#to(this.#size === 0 ? TRAILER_START : DATA);
      case DATA_CR:
        return byte === CR && this.#to(DATA_LF);
      case DATA_LF:
        this.#digits = 0;
        this.#extensionBytes = 0;
        return byte === LF && this.#to(SIZE);
      case END_LF:
        this.done = byte === LF;
        return this.done;
      default:
        return this.#trailerByte(byte);
    }
  }

  #sizeByte(byte: number): boolean {
    const digit = hexadecimalDigit(byte);
    if (digit !== -1) {
      this.#digits += 1;
      this.#size = this.#digits === 1 ? digit : this.#size * 16 + digit;
      return this.#digits <= SIZE_DIGITS_MAX;
    }
    if (this.#digits === 0) return false;
    if (byte === CR) return this.#to(SIZE_LF);
    return byte === 0x3b && this.#to(EXTENSION);
  }

  #trailerByte(byte: number): boolean {
    this.#trailerBytes += 1;
    if (this.#trailerBytes > TRAILERS_MAX) return false;
    switch (this.#state) {
      case TRAILER_START:
        if (byte === CR) return this.#to(END_LF);
        this.#trailerName = '';
        this.#state = TRAILER_NAME;
        return this.#nameByte(byte);
      case TRAILER_NAME:
        return this.#nameByte(byte);
      case TRAILER_VALUE:
        return byte === CR ? this.#to(TRAILER_LF) : FIELD[byte] === 1;
      default:
        return byte === LF && this.#to(TRAILER_START);
    }
  }

  #nameByte(byte: number): boolean {
    if (byte === 0x3a) {
      return this.#trailerName !== '' && !FORBIDDEN_TRAILER.test(this.#trailerName) && this.#to(TRAILER_VALUE);
    }
    this.#trailerName += String.fromCharCode(byte);
    return TOKEN[byte] === 1;
  }

  #to(state: number): true {
    this.#state = state;
    return true;
  }
}

/** A body of a known number of bytes. */
export class LengthBody implements BodyFraming {
  done: boolean;
  readonly bad = false;
  #remaining: number;

  constructor(length: number) {
    this.#remaining = length;
    this.done = length === 0;
  }

  feed(bytes: Buffer, from: number): number {
    const end = Math.min(bytes.length, from + this.#remaining);
    this.#remaining -= end - from;
    this.done = this.#remaining === 0;
    return end;
  }
}

/** A response that ends when the dyno closes. */
export class UntilCloseBody implements BodyFraming {
  readonly done = false;
  readonly bad = false;

  feed(bytes: Buffer): number {
    return bytes.length;
  }
}

function hexadecimalDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
