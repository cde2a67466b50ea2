import { type Mutant, manager } from './mutant.ts';

export const RUN_ONCE: readonly Mutant[] = [
  {
    name: 'a one-off that is lost is run again',
    edits: [
      manager(
        'one-off-step.ts',
        "    case 'lost': {",
        "    case 'lost': {\n      if (condition === 'lost') {\n        const { taskRef: _taskRef, ...again } = { ...dyno, attempt: dyno.attempt + 1 };\n        return { ...begin(look, { ...subject, dyno: again }), writes: [{ kind: 'put', dyno: again, expect: subject.version }], starts: [again] };\n      }",
      ),
    ],
  },
  {
    name: 'a release does not wait for its release phase',
    edits: [
      { file: 'core/release/plan-release.ts', find: 'const pending = phase || app', replace: 'const pending = app' },
    ],
  },
];
