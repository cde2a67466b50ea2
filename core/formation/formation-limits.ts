import { type DynoSize, findDynoSize } from '../dyno/dyno-size.ts';
import { type Failure, invalid } from '../failure.ts';
import type { FormationEntry } from '../records/formation.ts';

/** Heroku Dev Center: Dyno Scaling and Process Limits. */
export const DYNOS_PER_APP_MAX = 100;
const PER_TYPE_MAX: Partial<Record<DynoSize['tier'], number>> = { eco: 1, basic: 1, performance: 10 };

/** The first rule that a formation breaks. */
export function validateFormation(formation: readonly FormationEntry[]): Failure | undefined {
  return mixedTiers(formation.map((entry) => entry.size)) ?? tooManyPerType(formation) ?? tooManyPerApp(formation);
}

/** An app with Eco or Basic dynos has no others; Standard and Performance mix freely. */
export function mixedTiers(sizes: readonly string[]): Failure | undefined {
  const found = sizes.map((name) => findDynoSize(name)).filter((size) => size !== undefined);
  const single = found.find(({ tier }) => tier === 'eco' || tier === 'basic');
  const other = found.find(({ tier }) => tier !== single?.tier);
  if (single === undefined || other === undefined) return undefined;
  return invalid(
    `Cannot mix ${single.name} and ${other.name} dynos in one app. Change the size of every process type at once.`,
  );
}

function tooManyPerType(formation: readonly FormationEntry[]): Failure | undefined {
  for (const { size, quantity } of formation) {
    const found = findDynoSize(size);
    const max = found === undefined ? undefined : PER_TYPE_MAX[found.tier];
    if (max !== undefined && quantity > max) {
      return invalid(`Cannot update to more than ${max} ${size} size dynos per process type.`);
    }
  }
  return undefined;
}

function tooManyPerApp(formation: readonly FormationEntry[]): Failure | undefined {
  const total = formation.reduce((sum, { quantity }) => sum + quantity, 0);
  return total > DYNOS_PER_APP_MAX
    ? invalid(`Cannot update to more than ${DYNOS_PER_APP_MAX} dynos per app.`)
    : undefined;
}
