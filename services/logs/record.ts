import type { StoredLine } from './stored-line.ts';

/**
 * One history line on disk is five fields separated by tabs, and a newline, so that `grep` works on a segment. This
 * returns all fields but the message, which comes last. Only the message may contain a tab, and no field a newline.
 */
export function recordHead(line: StoredLine): string {
  return `${line.id}\t${line.atMs}\t${line.source}\t${line.process}\t`;
}

/** Undefined: not a record, for example a block that a power failure left full of zeros. */
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
