import type { StoredLine } from './stored-line.ts';

/**
 * One history line on disk: five fields between tabs, one text line each, so that `grep` works on a segment. Only
 * the message, the last field, may hold a tab; no field holds a newline.
 */
export function encodeRecord(line: StoredLine): string {
  return `${recordHead(line)}${line.message}\n`;
}

/** All but the message. */
export function recordHead(line: StoredLine): string {
  return `${line.id}\t${line.atMs}\t${line.source}\t${line.process}\t`;
}

/** Undefined: not a record, for example a block that a power failure left zeroed. */
export function decodeRecord(appId: string, record: string): StoredLine | undefined {
  const ends: number[] = [];
  for (let end = record.indexOf('\t'); end !== -1 && ends.length < 4; end = record.indexOf('\t', end + 1))
    ends.push(end);
  const [first, second, third, fourth] = ends;
  if (first === undefined || second === undefined || third === undefined || fourth === undefined) return undefined;
  const id = Number(record.slice(0, first));
  const atMs = Number(record.slice(first + 1, second));
  const source = record.slice(second + 1, third);
  if (!Number.isSafeInteger(id) || !Number.isFinite(atMs) || (source !== 'app' && source !== 'heroku'))
    return undefined;
  return { id, appId, atMs, source, process: record.slice(third + 1, fourth), message: record.slice(fourth + 1) };
}
