/** Heroku cuts application lines into chunks of this many bytes (Dev Center: Limits, Logging). */
export const MESSAGE_BYTES_MAX = 10_000;

/** Every control character except the tab. */
const CONTROL = /[^\P{Cc}\t]/u;
const CONTROLS = /\p{Cc}\[[\d;:]*m|[^\P{Cc}\t]/gu;
const ESCAPE = '\u001b';

/**
 * The log messages of one written line: one, or several if it is too long. No message can imitate two lines or drive the reader's
 * terminal: control characters become visible signs. Tabs and colors are kept.
 */
export function loggableMessages(text: string): readonly string[] {
  const line = text.endsWith('\r') ? text.slice(0, -1) : text;
  const clean = CONTROL.test(line) ? line.replace(CONTROLS, visible) : line;
  // A UTF-16 unit takes at most three bytes, so most lines need no counting.
  return clean.length * 3 <= MESSAGE_BYTES_MAX ? [clean] : cut(clean);
}

function visible(match: string): string {
  if (match.length > 1 && match.startsWith(ESCAPE)) return match;
  const code = match.charCodeAt(0);
  const sign = code < 0x20 ? String.fromCharCode(0x2400 + code) : code === 0x7f ? '\u2421' : '\ufffd';
  return sign + match.slice(1);
}

function cut(text: string): readonly string[] {
  const parts: string[] = [];
  let start = 0;
  let bytes = 0;
  for (let index = 0; index < text.length; ) {
    const codePoint = text.codePointAt(index) ?? 0;
    const size = codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
    if (bytes + size > MESSAGE_BYTES_MAX) {
      parts.push(text.slice(start, index));
      start = index;
      bytes = 0;
    }
    bytes += size;
    index += size === 4 ? 2 : 1;
  }
  parts.push(text.slice(start));
  return parts;
}
