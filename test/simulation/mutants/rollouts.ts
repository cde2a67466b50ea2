import { type Mutant, manager } from './mutant.ts';

export const ROLLOUTS: readonly Mutant[] = [
  {
    name: 'preboot stops the old dynos at once',
    edits: [
      manager(
        'formation-wishes.ts',
        "return rollout.switchedAtMs === undefined ? { kind: 'outgoing' } : replaced(cause);",
        'return replaced(cause);',
      ),
    ],
  },
];
