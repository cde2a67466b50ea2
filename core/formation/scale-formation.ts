import { updateApp } from '../app/update-app.ts';
import { usableSize } from '../dyno/dyno-size.ts';
import { type Failure, invalid } from '../failure.ts';
import { logApiEvent } from '../log/api-log.ts';
import type { Platform } from '../platform.ts';
import type { Actor } from '../records/account.ts';
import type { FormationEntry } from '../records/formation.ts';
import { err, ok, type Result } from '../result.ts';
import { RELEASE_TYPE } from '../slug/process-types.ts';
import { validateFormation } from './formation-limits.ts';
import { scaledLine } from './scaled-line.ts';

export interface FormationUpdate {
  /** A process type or the id of its formation entry. */
  readonly type: string;
  /** A number, or as the CLI sends it: `"2"`, `"+1"`, `"-1"`. */
  readonly quantity?: number | string;
  /** A size's name in any capitalization, or its id. */
  readonly size?: string;
}

export interface ScalePlan {
  readonly formation: readonly FormationEntry[];
  /** The named entries, in the order of the request. */
  readonly named: readonly FormationEntry[];
  readonly changed: boolean;
}

/** Makes all updates or none. Returns the whole formation. */
export async function scaleFormation(
  platform: Platform,
  actor: Actor,
  appId: string,
  updates: readonly FormationUpdate[],
): Promise<Result<ScalePlan, Failure>> {
  const updated = await updateApp<ScalePlan>(platform, appId, (app) => {
    const plan = planScale(app.formation, updates, platform.clock.nowMs());
    if (!plan.ok) return plan;
    return ok({ app: plan.value.changed ? { ...app, formation: plan.value.formation } : app, value: plan.value });
  });
  if (!updated.ok) return updated;
  const plan = updated.value.value;
  if (plan.changed) logApiEvent(platform, appId, scaledLine(plan.named, actor.email));
  return ok(plan);
}

export function planScale(
  formation: readonly FormationEntry[],
  updates: readonly FormationUpdate[],
  nowMs: number,
): Result<ScalePlan, Failure> {
  const next = [...formation];
  const named = new Set<number>();
  for (const update of updates) {
    const entry = findFormationEntry(next, update.type);
    if (entry === undefined) return err(unknownProcessType(update.type));
    const index = next.indexOf(entry);
    named.add(index);
    const quantity = newQuantity(entry, update.quantity);
    if (!quantity.ok) return quantity;
    const size = newSize(entry, update.size);
    if (!size.ok) return size;
    if (quantity.value === entry.quantity && size.value === entry.size) continue;
    next[index] = { ...entry, quantity: quantity.value, size: size.value, updatedAtMs: nowMs };
  }
  const changed = next.some((entry, index) => entry !== formation[index]);
  const failure = changed ? validateFormation(next) : undefined;
  if (failure !== undefined) return err(failure);
  return ok({ formation: next, named: [...named].flatMap((index) => next[index] ?? []), changed });
}

/** By process type or by id. */
export function findFormationEntry(formation: readonly FormationEntry[], identity: string): FormationEntry | undefined {
  return formation.find(({ type, id }) => type === identity || id === identity);
}

export function unknownProcessType(type: string): Failure {
  return {
    id: 'not_found',
    message: `Couldn't find that process type (${type.slice(0, 128)}).`,
    resource: 'formation',
  };
}

function newQuantity(entry: FormationEntry, wanted: number | string | undefined): Result<number, Failure> {
  if (wanted === undefined) return ok(entry.quantity);
  const digits = typeof wanted === 'string' ? /^([+-]?)(\d{1,6})$/.exec(wanted.trim()) : undefined;
  const amount = typeof wanted === 'number' ? wanted : Number(digits?.[2] ?? Number.NaN);
  if (!Number.isSafeInteger(amount)) {
    return err(invalid(`quantity of ${entry.type} must be a whole number, or one with a sign such as "+1" or "-1".`));
  }
  const sign = digits?.[1];
  const quantity = sign === '+' ? entry.quantity + amount : sign === '-' ? entry.quantity - amount : amount;
  if (quantity < 0) return err(invalid(`quantity of ${entry.type} must not be less than 0.`));
  if (quantity > 0 && entry.type === RELEASE_TYPE) {
    return err(invalid('The release process type cannot be scaled: it runs once for each release.'));
  }
  return ok(quantity);
}

function newSize(entry: FormationEntry, wanted: string | undefined): Result<string, Failure> {
  if (wanted === undefined) return ok(entry.size);
  const size = usableSize(wanted);
  return size.ok ? ok(size.value.name) : size;
}
