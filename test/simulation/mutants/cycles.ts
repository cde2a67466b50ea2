import { type Mutant, manager } from './mutant.ts';

export const CYCLES: readonly Mutant[] = [
  {
    name: 'cycles have no offset of their own',
    edits: [
      manager(
        'new-dyno.ts',
        ' + Math.floor(random.next() * CYCLE_SPREAD_MS)',
        ' + 0 * random.next() * CYCLE_SPREAD_MS',
      ),
    ],
  },
  {
    name: 'cycles that waited through an outage all go at once',
    edits: [
      manager('formation-wishes.ts', "if (this.#cycling-- <= 0) return replace('later');", 'this.#cycling -= 1;'),
      manager(
        'formation-wishes.ts',
        'lateMs > CYCLE_OVERDUE_MS).length > batch',
        'lateMs > CYCLE_OVERDUE_MS).length > 1_000',
      ),
    ],
  },
  {
    name: 'dynos are never cycled',
    edits: [
      manager(
        'formation-wishes.ts',
        "this.#late.has(dyno.id) && !this.#overdue ? 'cycle'",
        "this.#late.has('') ? 'cycle'",
      ),
    ],
  },
];
