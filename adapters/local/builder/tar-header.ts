export interface TarEntry {
  readonly name: string;
  readonly kind: 'file' | 'directory' | 'symlink';
  readonly mode: number;
  readonly size: number;
  readonly mtimeSeconds: number;
  readonly target?: string;
}

export const BLOCK_BYTES = 512;
const NAME_BYTES_MAX = 100;
const TYPES = { file: '0', directory: '5', symlink: '2' } as const;

/**
 * The POSIX header of an entry, preceded by a separate record for a long name or link target. Written by hand, because a
 * stream object per entry took longer than all other work on a slug of many small files.
 */
export function tarHeader(entry: TarEntry): Buffer {
  const name = Buffer.from(entry.name);
  const target = Buffer.from(entry.target ?? '');
  const records = [
    ...(name.length > NAME_BYTES_MAX ? [paxRecord('path', name)] : []),
    ...(target.length > NAME_BYTES_MAX ? [paxRecord('linkpath', target)] : []),
  ];
  const own = block(name, target, entry.mode, entry.size, entry.mtimeSeconds, TYPES[entry.kind]);
  if (records.length === 0) return own;
  const extended = Buffer.concat(records);
  const head = block(Buffer.from('PaxHeader'), Buffer.alloc(0), 0o644, extended.length, entry.mtimeSeconds, 'x');
  return Buffer.concat([head, extended, padding(extended.length), own]);
}

/** Fills the last block of an entry's content. */
export function padding(size: number): Buffer {
  return Buffer.alloc((BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES);
}

function block(name: Buffer, target: Buffer, mode: number, size: number, mtime: number, type: string): Buffer {
  const header = Buffer.alloc(BLOCK_BYTES);
  const octal = (value: number, at: number, digits: number) =>
    header.write(`${value.toString(8).padStart(digits, '0')}\0`, at, 'latin1');
  name.copy(header, 0, 0, NAME_BYTES_MAX);
  octal(mode, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(size, 124, 11);
  octal(Math.max(0, mtime), 136, 11);
  header.write(type, 156, 'latin1');
  target.copy(header, 157, 0, NAME_BYTES_MAX);
  header.write('ustar\x0000', 257, 'latin1');
  // The checksum is computed with eight spaces in its own field.
  header.fill(0x20, 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

/** `<length> <key>=<value>\n`, where the length counts its own digits. */
function paxRecord(key: string, value: Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from('\n')]);
  let length = rest.length + String(rest.length).length;
  if (String(length).length > String(rest.length).length) length += 1;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}
