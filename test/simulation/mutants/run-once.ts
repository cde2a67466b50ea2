import { type Mutant, manager, slip, slipForTest } from './mutant.ts';

export const RUN_ONCE: readonly Mutant[] = [
  {
    name: 'a one-off that is lost is run again',
    edits: [
      manager(
        'plan/one-off-step.ts',
        "    case 'lost': {",
        "    case 'lost': {\n      if (condition === 'lost') {\n        const { taskRef: _taskRef, ...again } = { ...dyno, attempt: dyno.attempt + 1 };\n        return { ...begin(snapshot, { ...subject, dyno: again }), writes: [{ kind: 'put', dyno: again, expect: subject.version }], starts: [again] };\n      }",
      ),
    ],
  },
  {
    name: 'a release does not wait for its release phase',
    edits: [
      { file: 'core/release/plan-release.ts', find: 'const pending = phase || app', replace: 'const pending = app' },
    ],
  },
  slip(
    'a time to live is counted in milliseconds',
    'plan/decisions.ts',
    '>= dyno.timeToLiveSeconds * SECOND_MS',
    '>= dyno.timeToLiveSeconds',
  ),
  slipForTest(
    'reconcile-run-once',
    'a one-off lives for an hour longer',
    'plan/decisions.ts',
    'nowMs >= dyno.cycleAtMs ? remove',
    'nowMs >= dyno.cycleAtMs + 3_600 * SECOND_MS ? remove',
  ),
  slip(
    'a release phase has a minute',
    'plan/decisions.ts',
    '>= RELEASE_TIMEOUT_MS ? remove',
    '>= RELEASE_TIMEOUT_MS / 60 ? remove',
  ),
  slip(
    'the end of a time to live is not waited for',
    'plan/progress.ts',
    '&& dyno.timeToLiveSeconds !== undefined) {',
    '&& dyno.timeToLiveSeconds === 0) {',
  ),
  slip(
    'a stop of a one-off is ignored',
    'plan/decisions.ts',
    "  if (dyno.stopRequested === true) return remove('stop');\n  if (dyno.timeToLive",
    '  if (dyno.timeToLive',
  ),
  slip(
    'a second release phase runs beside the first',
    'plan/release-step.ts',
    "value.kind === 'release' && value.releaseVersion === version",
    "value.kind === 'release' && value.state === 'up'",
  ),
  slip(
    'a release phase leaves its outcome to the next pass',
    'plan/release-step.ts',
    '      lines,\n      completion: completion(ended, ended.outcome),\n',
    '      lines,\n',
  ),
];
