import type { Failure } from '../../core/failure.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { ListAnswer } from '../route.ts';

/** Heroku Dev Center, Platform API Reference, "Ranges". */
export const PAGE_DEFAULT = 200;
export const PAGE_MAX = 1000;

export interface RangeRequest {
  readonly attribute: string;
  readonly first?: Bound;
  readonly last?: Bound;
  readonly max: number;
  readonly descending: boolean;
}

interface Bound {
  readonly value: string;
  /** Set in a `Next-Range` between elements with equal attributes: the id of the last one that was sent. */
  readonly id?: string;
  readonly exclusive: boolean;
}

export interface Page {
  readonly items: ListAnswer['list'];
  readonly contentRange: string;
  /** Set when more elements remain. */
  readonly nextRange?: string;
}

type Aliases = NonNullable<ListAnswer['sortAliases']>;

/** What a client may name, as `Accept-Ranges` has it. */
export function sortableBy(sortKeys: ListAnswer['sortKeys'], sortAliases: Aliases = {}): string {
  return [...sortKeys, ...Object.keys(sortAliases)].join(', ');
}

const unsatisfiable = (message: string): Failure => ({ id: 'requested_range_not_satisfiable', message });
/** `<attribute> [first]..[last]`; a `]` before the first or a `[` after the last value excludes it. */
const SPAN = /^(?:([a-z_]+)\s+)?(\]?)([^\s;,]*?)\.\.([^\s;,]*?)(\[?)$/;
const ID_AT_END = /~([0-9a-f-]{36})$/;

/**
 * Lenient where clients differ: spaces, commas or semicolons between options, a trailing separator, an empty value. Strict
 * where a wrong guess would return wrong elements: unknown attributes, options and orders are 416.
 */
export function parseRange(
  header: string | null,
  sortKeys: ListAnswer['sortKeys'],
  sortAliases: Aliases = {},
): Result<RangeRequest, Failure> {
  const [span, ...options] = (header ?? '')
    .split(/[;,]/)
    .map((part) => part.trim())
    .filter((part, index) => part !== '' || index === 0);
  const defaults = { attribute: sortKeys[0], max: PAGE_DEFAULT, descending: false };
  let range: RangeRequest = defaults;
  if (span) {
    const match = SPAN.exec(span);
    if (match === null) return err(unsatisfiable('Send `Range` as `<attribute> <first>..<last>; max=<n>, order=asc`.'));
    const [, name = defaults.attribute, firstMark, firstText, lastText, lastMark] = match;
    const attribute = sortAliases[name] ?? name;
    if (!sortKeys.includes(attribute)) {
      return err(
        unsatisfiable(`This list can be sorted by ${sortableBy(sortKeys, sortAliases)}, not by ${attribute}.`),
      );
    }
    const first = parseBound(firstText, firstMark === ']');
    const last = parseBound(lastText, lastMark === '[');
    if (!first.ok) return first;
    if (!last.ok) return last;
    range = {
      ...defaults,
      attribute,
      ...(first.value === undefined ? {} : { first: first.value }),
      ...(last.value === undefined ? {} : { last: last.value }),
    };
  }
  for (const option of options) {
    const [name, value = ''] = option.split('=').map((part) => part.trim());
    if (name === 'max' && /^\d{1,9}$/.test(value) && Number(value) > 0) {
      range = { ...range, max: Math.min(Number(value), PAGE_MAX) };
    } else if (name === 'order' && (value === 'asc' || value === 'desc')) {
      range = { ...range, descending: value === 'desc' };
    } else {
      return err(
        unsatisfiable(`Unknown option \`${option.slice(0, 40)}\` in \`Range\`: use max=<n> and order=asc|desc.`),
      );
    }
  }
  return ok(range);
}

function parseBound(text: string | undefined, exclusive: boolean): Result<Bound | undefined, Failure> {
  if (!text) return ok(undefined);
  const id = ID_AT_END.exec(text)?.[1];
  const encoded = id === undefined ? text : text.slice(0, -id.length - 1);
  try {
    return ok({ value: decodeURIComponent(encoded), exclusive, ...(id === undefined ? {} : { id }) });
  } catch {
    return err(unsatisfiable('`Range` has an invalid percent-encoding.'));
  }
}

type Element = ListAnswer['list'][number];

/** Sorts by the attribute, then by id, so that elements with equal attributes are neither skipped nor repeated. */
export function cutPage(list: ListAnswer['list'], range: RangeRequest): Page {
  const { attribute, first, last, max, descending } = range;
  const direction = descending ? -1 : 1;
  const inside = list.filter((element) => {
    const fromFirst = first === undefined ? 1 : direction * compareToBound(element, attribute, first);
    const fromLast = last === undefined ? -1 : direction * compareToBound(element, attribute, last);
    return (
      (fromFirst > 0 || (fromFirst === 0 && !first?.exclusive)) &&
      (fromLast < 0 || (fromLast === 0 && !last?.exclusive))
    );
  });
  inside.sort((a, b) => direction * (compareValues(a[attribute], b[attribute]) || compareValues(a.id, b.id)));
  const items = inside.slice(0, max);
  const options = `max=${max}${descending ? ', order=desc' : ''}`;
  const start = items[0];
  const end = items.at(-1);
  const contentRange = `${attribute} ${start ? bound(start, attribute) : ''}..${end ? bound(end, attribute) : ''}; ${options}`;
  const following = inside[max];
  if (following === undefined || end === undefined) return { items, contentRange };
  // An empty value alone would read as "no bound".
  const needsId = compareValues(following[attribute], end[attribute]) === 0 || bound(end, attribute) === '';
  const cursor = `]${bound(end, attribute)}${needsId ? `~${String(end.id)}` : ''}`;
  const stop = last === undefined ? '' : `${encoded(last.value)}${last.exclusive ? '[' : ''}`;
  return { items, contentRange, nextRange: `${attribute} ${cursor}..${stop}; ${options}` };
}

function bound(element: Element, attribute: string): string {
  return encoded(String(element[attribute]));
}

function encoded(value: string): string {
  const text = encodeURIComponent(value).replaceAll('%3A', ':').replaceAll('~', '%7E');
  // Escapes dots that could be taken for the range's own `..`.
  return /^\.|\.\.|\.$/.test(text) ? text.replaceAll('.', '%2E') : text;
}

function compareToBound(element: Element, attribute: string, limit: Bound): number {
  const value = element[attribute];
  const other = typeof value === 'number' ? Number(limit.value) : limit.value;
  const byValue = compareValues(value, other);
  return byValue !== 0 || limit.id === undefined ? byValue : compareValues(element.id, limit.id);
}

/** By code unit, not by locale: the same order on every machine, and the order of ids in the store. */
function compareValues(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const left = String(a);
  const right = String(b);
  return left < right ? -1 : left > right ? 1 : 0;
}
