/** What a Connection header asks for (RFC 9110 7.6.1). */
export interface ConnectionOptions {
  readonly close: boolean;
  readonly keepAlive: boolean;
  readonly upgrade: boolean;
  /** Lower-case names of header fields meant for this hop only. */
  readonly named: readonly string[];
}

const NOTHING: ConnectionOptions = { close: false, keepAlive: false, upgrade: false, named: [] };
const KEEP_ALIVE: ConnectionOptions = { ...NOTHING, keepAlive: true };
const CLOSE: ConnectionOptions = { ...NOTHING, close: true };
const UPGRADE: ConnectionOptions = { ...NOTHING, upgrade: true };

export function connectionOptions(value: string): ConnectionOptions {
  switch (value.toLowerCase()) {
    case '':
      return NOTHING;
    case 'keep-alive':
      return KEEP_ALIVE;
    case 'close':
      return CLOSE;
    case 'upgrade':
      return UPGRADE;
  }
  const tokens = new Set(
    value
      .toLowerCase()
      .split(',')
      .map((token) => token.trim())
      .filter((token) => token !== ''),
  );
  const close = tokens.delete('close');
  const keepAlive = tokens.delete('keep-alive');
  const upgrade = tokens.delete('upgrade');
  return { close, keepAlive, upgrade, named: [...tokens] };
}

/** Header lines (each with its CRLF) without the fields of these names. */
export function withoutFields(lines: string, names: readonly string[]): string {
  return lines
    .split('\r\n')
    .filter((line) => !names.includes(line.slice(0, Math.max(0, line.indexOf(':'))).toLowerCase()) || line === '')
    .join('\r\n');
}
