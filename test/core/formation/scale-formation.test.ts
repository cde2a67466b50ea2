import fc from 'fast-check';
import { type FormationUpdate, planScale } from '../../../core/formation/scale-formation.ts';
import type { FormationEntry } from '../../../core/records/formation.ts';

const entry = (type: string, quantity: number, size = 'Standard-1X'): FormationEntry => ({
  id: `id-${type}`,
  type,
  quantity,
  size,
  command: type,
  createdAtMs: 1,
  updatedAtMs: 1,
});
const standard = [entry('web', 1), entry('worker', 2), entry('release', 0)];
const show = (formation: readonly FormationEntry[]) =>
  formation.map(({ type, quantity, size }) => `${type}@${quantity}:${size}`);

describe('scaling', () => {
  test.each<{ name: string; before?: readonly FormationEntry[]; updates: FormationUpdate[]; named: string[] }>([
    { name: 'by number', updates: [{ type: 'web', quantity: 10 }], named: ['web@10:Standard-1X'] },
    { name: 'by text', updates: [{ type: 'web', quantity: '10' }], named: ['web@10:Standard-1X'] },
    { name: 'up by some', updates: [{ type: 'worker', quantity: '+3' }], named: ['worker@5:Standard-1X'] },
    { name: 'down by some', updates: [{ type: 'worker', quantity: '-2' }], named: ['worker@0:Standard-1X'] },
    { name: 'by id', updates: [{ type: 'id-web', quantity: 2 }], named: ['web@2:Standard-1X'] },
    {
      name: 'several, in the order in which they were named',
      updates: [
        { type: 'worker', quantity: 0 },
        { type: 'web', quantity: 4 },
      ],
      named: ['worker@0:Standard-1X', 'web@4:Standard-1X'],
    },
    {
      name: 'one type twice, one after the other',
      updates: [
        { type: 'web', quantity: '+1' },
        { type: 'web', quantity: '+1' },
      ],
      named: ['web@3:Standard-1X'],
    },
    {
      name: 'to a size in any capitalization, keeping the quantity',
      updates: [{ type: 'worker', size: 'standard-2x' }],
      named: ['worker@2:Standard-2X'],
    },
    {
      name: 'Standard beside Performance',
      updates: [{ type: 'web', size: 'Performance-M', quantity: 10 }],
      named: ['web@10:Performance-M'],
    },
    {
      name: 'every type to Basic at once',
      before: [entry('web', 1), entry('worker', 1)],
      updates: [
        { type: 'web', size: 'basic' },
        { type: 'worker', size: 'basic' },
      ],
      named: ['web@1:Basic', 'worker@1:Basic'],
    },
    {
      name: 'to 100 dynos',
      updates: [{ type: 'web', quantity: 98 }],
      named: ['web@98:Standard-1X'],
    },
  ])('$name', ({ before = standard, updates, named }) => {
    const plan = planScale(before, updates, 9);
    expect(plan.ok && show(plan.value.named)).toEqual(named);
    expect(plan.ok && plan.value.changed).toBe(true);
  });

  test.each<{
    name: string;
    before?: readonly FormationEntry[];
    updates: FormationUpdate[];
    id?: string;
    message: string;
  }>([
    {
      name: 'an unknown type',
      updates: [{ type: 'clock', quantity: 1 }],
      id: 'not_found',
      message: "Couldn't find that process type (clock).",
    },
    {
      name: 'an app without a release',
      before: [],
      updates: [{ type: 'web', quantity: 1 }],
      id: 'not_found',
      message: "Couldn't find that process type (web).",
    },
    {
      name: 'a second Eco dyno',
      before: [entry('web', 1, 'Eco')],
      updates: [{ type: 'web', quantity: '+1' }],
      message: 'Cannot update to more than 1 Eco size dynos per process type.',
    },
    {
      name: 'a second Basic dyno',
      before: [entry('web', 1, 'Basic')],
      updates: [{ type: 'web', quantity: 2 }],
      message: 'Cannot update to more than 1 Basic size dynos per process type.',
    },
    {
      name: 'several dynos becoming Eco',
      before: [entry('web', 2)],
      updates: [{ type: 'web', size: 'Eco' }],
      message: 'Cannot update to more than 1 Eco size dynos per process type.',
    },
    {
      name: 'eleven Performance dynos',
      updates: [{ type: 'web', quantity: 11, size: 'Performance-L' }],
      message: 'Cannot update to more than 10 Performance-L size dynos per process type.',
    },
    {
      name: 'more than 100 dynos in all',
      updates: [{ type: 'web', quantity: 99 }],
      message: 'Cannot update to more than 100 dynos per app.',
    },
    {
      name: 'Basic beside Standard',
      updates: [{ type: 'web', size: 'Basic' }],
      message: 'Cannot mix Basic and Standard-1X dynos in one app. Change the size of every process type at once.',
    },
    {
      name: 'fewer than none',
      updates: [{ type: 'web', quantity: '-2' }],
      message: 'quantity of web must not be less than 0.',
    },
    {
      name: 'half a dyno',
      updates: [{ type: 'web', quantity: 1.5 }],
      message: 'quantity of web must be a whole number, or one with a sign such as "+1" or "-1".',
    },
    {
      name: 'a quantity that is no number',
      updates: [{ type: 'web', quantity: 'many' }],
      message: 'quantity of web must be a whole number, or one with a sign such as "+1" or "-1".',
    },
    {
      name: 'a dyno for the release phase',
      updates: [{ type: 'release', quantity: 1 }],
      message: 'The release process type cannot be scaled: it runs once for each release.',
    },
    { name: 'an unknown size', updates: [{ type: 'web', size: 'huge' }], message: 'size "huge" is not a dyno size.' },
    {
      name: 'a size of Private Spaces',
      updates: [{ type: 'web', size: 'private-m' }],
      message: 'Private-M dynos are available in Private Spaces only.',
    },
  ])('refuses $name', ({ before = standard, updates, id = 'invalid_params', message }) => {
    expect(planScale(before, updates, 9)).toMatchObject({ ok: false, error: { id, message } });
  });

  test('what is so already is no change', () => {
    const plan = planScale(standard, [{ type: 'web', quantity: 1, size: 'Standard-1X' }], 9);
    expect(plan).toMatchObject({ ok: true, value: { changed: false } });
  });

  test('a batch is done as a whole or not at all, and never breaks a limit', () => {
    const update = fc.record<FormationUpdate>(
      {
        type: fc.constantFrom('web', 'worker', 'clock'),
        quantity: fc.oneof(fc.integer({ min: -2, max: 120 }), fc.constantFrom('+1', '-1', '+60', '2')),
        size: fc.constantFrom('Eco', 'Basic', 'Standard-1X', 'Standard-2X', 'Performance-M', 'Performance-XL'),
      },
      { requiredKeys: ['type'] },
    );
    fc.assert(
      fc.property(fc.array(update, { maxLength: 5 }), (updates) => {
        const before = [entry('web', 1), entry('worker', 0)];
        const copy = structuredClone(before);
        const plan = planScale(before, updates, 9);
        expect(before).toEqual(copy);
        if (!plan.ok) return;
        const after = plan.value.formation;
        const sizes = new Set(after.map(({ size }) => size));
        expect(after.map(({ type }) => type)).toEqual(['web', 'worker']);
        expect(after.reduce((sum, { quantity }) => sum + quantity, 0)).toBeLessThanOrEqual(100);
        for (const { quantity, size } of after) {
          expect(quantity).toBeGreaterThanOrEqual(0);
          if (!plan.value.changed || quantity === 0) continue;
          if (size === 'Eco' || size === 'Basic')
            expect({ quantity, sizes: sizes.size }).toEqual({ quantity: 1, sizes: 1 });
          if (size.startsWith('Performance')) expect(quantity).toBeLessThanOrEqual(10);
        }
      }),
    );
  });
});
