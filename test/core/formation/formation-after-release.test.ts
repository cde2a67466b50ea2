import { formationAfterRelease } from '../../../core/formation/after-release.ts';
import type { FormationEntry } from '../../../core/records/formation.ts';

const entry = (type: string, quantity: number, more: Partial<FormationEntry> = {}): FormationEntry => ({
  id: `id-${type}`,
  type,
  quantity,
  size: 'Standard-1X',
  command: `run ${type}`,
  createdAtMs: 1,
  updatedAtMs: 1,
  ...more,
});
const show = (formation: readonly FormationEntry[]) =>
  formation.map(({ type, quantity, size, command }) => `${type}@${quantity}:${size} ${command}`);

describe('the formation after a release', () => {
  test.each([
    {
      name: 'begins with one web dyno and none of the others',
      before: [],
      types: { web: 'w', worker: 'k', release: 'r' },
      after: ['web@1:Standard-1X w', 'worker@0:Standard-1X k', 'release@0:Standard-1X r'],
    },
    { name: 'stays empty for a slug without processes', before: [], types: {}, after: [] },
    {
      name: 'keeps quantities and sizes, and takes the new commands',
      before: [entry('web', 3, { size: 'Standard-2X' }), entry('worker', 0)],
      types: { web: 'w2', worker: 'run worker' },
      after: ['web@3:Standard-2X w2', 'worker@0:Standard-1X run worker'],
    },
    {
      name: 'keeps a web that was scaled to 0',
      before: [entry('web', 0)],
      types: { web: 'w' },
      after: ['web@0:Standard-1X w'],
    },
    {
      name: 'starts a web that appears later, and no other new type',
      before: [entry('worker', 2)],
      types: { clock: 'c', web: 'w', worker: 'k' },
      after: ['worker@2:Standard-1X k', 'clock@0:Standard-1X c', 'web@1:Standard-1X w'],
    },
    {
      name: 'forgets types that the slug no longer declares',
      before: [entry('web', 1), entry('worker', 5)],
      types: { web: 'w' },
      after: ['web@1:Standard-1X w'],
    },
    {
      name: 'gives new types of an Eco app the one size it can have',
      before: [entry('web', 1, { size: 'Eco' })],
      types: { web: 'w', worker: 'k' },
      after: ['web@1:Eco w', 'worker@0:Eco k'],
    },
    {
      name: 'is not fooled by names that every object inherits',
      before: [entry('constructor', 2), entry('web', 1)],
      types: { web: 'w' },
      after: ['web@1:Standard-1X w'],
    },
  ])('$name', ({ before, types, after }) => {
    expect(show(formationAfterRelease(before, types, 9, () => 'new'))).toEqual(after);
  });

  test('a type that changes nothing keeps its entry, so that nothing seems to have been updated', () => {
    const web = entry('web', 2);
    expect(formationAfterRelease([web], { web: web.command }, 9, () => 'new')[0]).toBe(web);
  });
});
