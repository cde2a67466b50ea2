/** A client's own id, in the form allowed in our headers, logs and keys. */
const REQUEST_ID = /^[\w.:-]{1,128}$/;
/** The official CLI sends every id that it has seen, up to 7 KB; echoing all of them would only make that list grow. */
const ECHOED_MAX = 1;

/** The ids that the client sent, newest first, without those that a header cannot contain. */
export function clientRequestIds(header: string | null): readonly string[] {
  if (header === null) return [];
  return header
    .slice(0, 8192)
    .split(',')
    .map((id) => id.trim())
    .filter((id) => REQUEST_ID.test(id));
}

export function requestIdHeader(ownId: string, clientIds: readonly string[]): string {
  return [ownId, ...clientIds.slice(0, ECHOED_MAX)].join(',');
}
