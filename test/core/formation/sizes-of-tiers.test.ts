import { formationAfterRelease } from '../../../core/formation/after-release.ts';
import { validateFormation } from '../../../core/formation/formation-limits.ts';
import { planScale } from '../../../core/formation/scale-formation.ts';
import type { FormationEntry } from '../../../core/records/formation.ts';

const entry = (type: string, quantity: number, size: string): FormationEntry => ({
  id: `id-${type}`,
  type,
  quantity,
  size,
  command: `run ${type}`,
  createdAtMs: 1,
  updatedAtMs: 1,
});
const show = (formation: readonly FormationEntry[]) =>
  formation.map(({ type, quantity, size }) => `${type}@${quantity}:${size}`);

/** `added`: the size of a process type that a deploy adds; `most`: how many dynos a type may have. */
interface Tier {
  readonly size: string;
  readonly added: string;
  readonly most: number;
}

/** Heroku Dev Center: Dyno Types, "Mixing Different Types of Dynos"; Dyno Scaling and Process Limits. */
const TIERS: readonly Tier[] = [
  { size: 'Eco', added: 'Eco', most: 1 },
  { size: 'Basic', added: 'Basic', most: 1 },
  { size: 'Standard-1X', added: 'Standard-1X', most: 100 },
  { size: 'Standard-2X', added: 'Standard-1X', most: 100 },
  { size: 'Performance-M', added: 'Standard-1X', most: 10 },
  { size: 'Performance-L', added: 'Standard-1X', most: 10 },
  { size: 'Performance-L-RAM', added: 'Standard-1X', most: 10 },
  { size: 'Performance-XL', added: 'Standard-1X', most: 10 },
  { size: 'Performance-2XL', added: 'Standard-1X', most: 10 },
];

describe.each(TIERS)('an app of $size dynos', ({ size, added, most }) => {
  const before = [entry('web', 1, size), entry('worker', 0, size)];
  const types = { web: 'run web', worker: 'run worker', clock: 'run clock' };
  const after = formationAfterRelease(before, types, 9, () => 'new');

  test(`gets a new process type as ${added}, and is an app that may be scaled as it is`, () => {
    expect(show(after)).toEqual([`web@1:${size}`, `worker@0:${size}`, `clock@0:${added}`]);
    expect(validateFormation(after)).toBeUndefined();
    expect(planScale(after, [{ type: 'clock', quantity: 1 }], 9)).toMatchObject({ ok: true });
  });

  test('gets it in that size whichever of its types comes first, also where none runs', () => {
    for (const formation of [[...before].reverse(), before.map((one) => ({ ...one, quantity: 0 }))]) {
      const [clock] = show(formationAfterRelease(formation, types, 9, () => 'new')).slice(-1);
      expect(clock).toBe(`clock@0:${added}`);
    }
  });

  test(`has ${most} dynos of a type, and not one more`, () => {
    const scaled = planScale(before, [{ type: 'web', quantity: most }], 9);
    expect(scaled.ok && show(scaled.value.named)).toEqual([`web@${most}:${size}`]);
    expect(planScale(before, [{ type: 'web', quantity: most + 1 }], 9)).toMatchObject({
      ok: false,
      error: { id: 'invalid_params' },
    });
    expect(planScale(before, [{ type: 'web', quantity: `+${most}` }], 9).ok).toBe(false);
  });

  test.each(TIERS)('beside $size', (other) => {
    const single = (name: string) => name === 'Eco' || name === 'Basic';
    const mixes = size === other.size || !(single(size) || single(other.size));
    expect(planScale(before, [{ type: 'worker', size: other.size }], 9).ok).toBe(mixes);
    const all = ['web', 'worker'].map((type) => ({ type, size: other.size }));
    expect(planScale(before, all, 9).ok).toBe(true);
  });
});

test.each(['Private-S', 'Private-M', 'Private-2XL', 'Shield-S', 'Shield-L', 'dyno-1c-0.5gb', 'dyno-16c-128gb'])(
  '%s is for private spaces, whatever the app has now',
  (size) => {
    for (const { size: now } of TIERS) {
      const refused = planScale([entry('web', 1, now)], [{ type: 'web', size }], 9);
      expect(refused).toMatchObject({ ok: false, error: { message: expect.stringContaining('Private Spaces only') } });
    }
  },
);

test.each([
  { types: 1, quantity: 100, fits: true },
  { types: 2, quantity: 50, fits: true },
  { types: 2, quantity: 51, fits: false },
  { types: 11, quantity: 10, fits: false },
])('an app has 100 dynos in all: $types types of $quantity: $fits', ({ types, quantity, fits }) => {
  const names = Array.from({ length: types }, (_, index) => `type${index}`);
  const plan = planScale(
    names.map((name) => entry(name, 0, 'Standard-1X')),
    names.map((type) => ({ type, quantity })),
    9,
  );
  expect(plan.ok).toBe(fits);
});
