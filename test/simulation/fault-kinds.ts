/** Kinds of faults, for the table of decisions under faults, each with a pattern of its faults' names. */
const KINDS: readonly (readonly [kind: string, strikes: RegExp])[] = [
  ['store', /^(get|list|due|transact) fails/],
  ['ecs', /^(start|stop|observe) fails/],
  ['late', / late$|slow/],
  ['dies', / dies|process died/],
  ['refused', /refused|PROVISIONING|^launch /],
  ['throttled', /throttled/],
  ['unseen', /partial|hidden/],
  ['old view', /stale|mixed|twice/],
  ['messages', /^(message|event|tick)/],
  ['outage', /control plane|restart/],
  ['machines', /^(zone|host|all tasks)/],
  ['records', /record|unreadable|poison|repaired/],
];

export const NO_FAULT = 'none';
const OTHER = 'other';
export const FAULT_KINDS: readonly string[] = [NO_FAULT, ...KINDS.map(([kind]) => kind), OTHER];

const known = new Map<string, string>();

export function faultKind(struck: string): string {
  let kind = known.get(struck);
  if (kind === undefined) {
    // A fault of a message is not an old view of tasks, although both have `twice`.
    const [own] = /^(message|event)/.test(struck)
      ? ['messages']
      : (KINDS.find(([, strikes]) => strikes.test(struck)) ?? [OTHER]);
    kind = own ?? OTHER;
    known.set(struck, kind);
  }
  return kind;
}
