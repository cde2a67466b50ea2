import { type Mutant, manager } from './mutant.ts';

export const FOUND_AGAIN: readonly Mutant[] = [
  {
    name: 'a manager trusts what it told the routers before another one did',
    found: true,
    edits: [
      manager(
        'execute/published-routes.ts',
        'last?.mark !== mark || !same(last.routes',
        'mark < 0 || !same(last?.routes',
      ),
    ],
  },
  {
    name: 'an app whose record is missing loses its dynos',
    found: true,
    edits: [
      manager(
        'dyno-manager.ts',
        "    if ((await readDynos(platform, appId)).length > 0) throw new UnreadableRecord('app', 'is missing');\n",
        '',
      ),
    ],
  },
  {
    name: 'config:set releases an app without its code',
    found: true,
    edits: [
      {
        file: 'core/config/set-config-vars.ts',
        find: 'if (base !== undefined && released === undefined) throw',
        replace: 'if (base === -1) throw',
      },
    ],
  },
  {
    name: 'a task that is not launched is replaced under its own id',
    found: true,
    edits: [
      manager(
        'plan/progress.ts',
        "  return { ...leave(snapshot, { dyno, version, task }, 'pending-timeout', lines), lookAtMs: snapshot.nowMs };",
        "  if (dyno.kind !== 'formation') return leave(snapshot, { dyno, version, task }, 'pending-timeout', lines);\n  const { taskRef: _taskRef, ...rest } = dyno;\n  const again: Dyno = { ...rest, attempt: dyno.attempt + 1, intentAtMs: snapshot.nowMs };\n  return dynoPlan([again], {\n    writes: [{ kind: 'put', dyno: again, expect: version }],\n    starts: [again],\n    stops: [{ taskRef: task.taskRef, deadlineMs: snapshot.nowMs + 30_000 }],\n    lines,\n    lookAtMs: snapshot.nowMs + 30_000,\n  });",
      ),
    ],
  },
  {
    name: 'a crash of the platform runs a command twice',
    found: true,
    edits: [manager('plan/one-off-step.ts', '(askedAtMs < recoveredAtMs ||', '(askedAtMs < 0 * recoveredAtMs ||')],
  },
  {
    name: 'starts that waited through an outage are given up at once',
    found: true,
    edits: [
      manager('plan/progress.ts', 'const INTENT_FRESH_MS = MINUTE_MS;', 'const INTENT_FRESH_MS = 1e9 * MINUTE_MS;'),
    ],
  },
  {
    name: 'a command runs again once the runtime has forgotten that it ran',
    found: true,
    edits: [manager('plan/one-off-step.ts', ' || mayBeForgotten(dyno, nowMs));', ');')],
  },
  {
    name: 'a purge that its pass did not get to waits for a day',
    found: true,
    edits: [manager('plan/reconcile.ts', 'if (purge || completions.length > 0) next', 'if (purge && nowMs < 0) next')],
  },
  {
    name: 'an old picture of its task makes a dyno that serves look like one that boots',
    found: true,
    edits: [
      manager('observe/classify.ts', "=== 'running' || dyno.state === 'up' ? running", "=== 'running' ? running"),
    ],
  },
  {
    name: 'what cannot be read for a moment starts a dyno beside itself',
    found: true,
    edits: [
      manager('execute/start-dynos.ts', 'if (spec?.ok !== true && !unasked', 'if (spec?.ok === false && !unasked'),
    ],
  },
  {
    name: 'the dynos between two rolling deploys are all replaced at once',
    found: true,
    edits: [
      manager(
        'plan/rollout.ts',
        "if (rollout.mode !== 'rolling') return undefined;",
        'if (rollout.startedAtMs > 0) return undefined;',
      ),
    ],
  },
  {
    name: 'a dyno that used much memory before it crashed skips its back-off',
    found: true,
    edits: [manager('plan/formation-decisions.ts', "condition === 'up' && overThreshold.has", 'overThreshold.has')],
  },
];
