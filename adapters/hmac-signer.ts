import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Signer } from '../core/ports/signer.ts';

/** `<expiry and payload>.<HMAC-SHA256>`, both base64url. Everybody with the token can read the payload: no secrets. */
export class HmacSigner implements Signer {
  readonly #key: Uint8Array;

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  sign(purpose: string, payload: string, expiresAtMs: number): string {
    const body = Buffer.from(`${Math.floor(expiresAtMs)} ${payload}`).toString('base64url');
    return `${body}.${this.#signature(purpose, body)}`;
  }

  verify(purpose: string, token: string, nowMs: number): string | undefined {
    const dot = token.indexOf('.');
    if (dot < 0) return undefined;
    const body = token.slice(0, dot);
    const given = Buffer.from(token.slice(dot + 1));
    const expected = Buffer.from(this.#signature(purpose, body));
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
    const text = Buffer.from(body, 'base64url').toString();
    const space = text.indexOf(' ');
    return nowMs < Number(text.slice(0, space)) ? text.slice(space + 1) : undefined;
  }

  #signature(purpose: string, body: string): string {
    // The body has no NUL, so two pairs of purpose and body never give the same text.
    return createHmac('sha256', this.#key).update(`${purpose}\0${body}`).digest('base64url');
  }
}
