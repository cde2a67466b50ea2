import type { StoredLine } from './stored-line.ts';

/**
 * One history line on disk is five fields between tabs and a newline, so that `grep` works on a segment. This is all
 * but the message, the last field; only that may hold a tab, and no field holds a newline.
 */
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
