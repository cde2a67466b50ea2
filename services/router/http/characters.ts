/** Byte classes of RFC 9110 as tables: one look-up per byte, 1 means allowed. Text is read as latin1, one character per byte. */
export const TOKEN = classOf((byte) => /[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(String.fromCharCode(byte)));

/** A field value: no control bytes but the tab. Bare CR, LF and NUL are how requests are smuggled. */
export const FIELD = classOf((byte) => byte === 0x09 || (byte >= 0x20 && byte !== 0x7f));

/** A request target. Raw bytes above ASCII are common (curl sends UTF-8 paths as typed) and do no harm. */
export const TARGET = classOf((byte) => byte > 0x20 && byte !== 0x7f);

export const TAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SPACE = 0x20;
export const COLON = 0x3a;

function classOf(has: (byte: number) => boolean): Uint8Array {
  const table = new Uint8Array(256);
  for (let byte = 0; byte < 256; byte += 1) table[byte] = has(byte) ? 1 : 0;
  return table;
}
