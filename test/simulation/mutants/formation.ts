import { type Mutant, manager } from './mutant.ts';

export const FORMATION: readonly Mutant[] = [
  {
    name: 'restarts are ignored',
    edits: [
      manager(
        'formation-wishes.ts',
        "epochOf(app, dyno.name)) ? 'restart' : undefined",
        "epochOf(app, dyno.name)) - 1_000 ? 'restart' : undefined",
      ),
    ],
  },
  {
    name: 'a scale-down takes the lowest numbers',
    edits: [
      manager(
        'formation-wishes.ts',
        'if (dyno.number > quantity) wishes',
        'if (dyno.number <= standing.length - quantity) wishes',
      ),
    ],
  },
  {
    name: 'what cannot be read is taken for gone',
    edits: [manager('classify.ts', "  if (!complete) return 'unknown';\n", '')],
  },
  {
    name: 'dynos are stopped on partial knowledge',
    edits: [manager('formation-step.ts', '  if (!planning.observations.complete) {', '  if (planning.nowMs < 0) {')],
  },
];
