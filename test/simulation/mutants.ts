/** A known bug, planted by replacing text in a copy of the tree. */
export interface Mutant {
  readonly name: string;
  /** The simulation found it once: the case of the same name in `found.ts` must catch it. */
  readonly found?: true;
  readonly edits: readonly Edit[];
}

export interface Edit {
  readonly file: string;
  /** Occurs exactly once. */
  readonly find: string;
  readonly replace: string;
}

const manager = (file: string, find: string, replace: string): Edit => ({
  file: `core/dyno-manager/${file}`,
  find,
  replace,
});

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'the dirty flag is cleared as it is after the look',
    edits: [
      manager(
        'dyno-manager.ts',
        '    const held = await readMark(platform.store, appId);\n    const samples',
        '    const samples',
      ),
      manager(
        'dyno-manager.ts',
        '    if (read === undefined) return removeUnowned(appId);\n',
        '    if (read === undefined) return removeUnowned(appId);\n    const held = await readMark(platform.store, appId);\n',
      ),
    ],
  },
  {
    name: 'a retry uses the token of the failed attempt',
    edits: [manager('after-start.ts', 'const attempt = dyno.attempt + 1;', 'const attempt = dyno.attempt;')],
  },
  {
    name: 'dynos are stopped before they leave the routes',
    edits: [
      manager('leave.ts', "isProbed(dyno) && dyno.state === 'up' ? nowMs + DRAIN_MS : nowMs", 'nowMs + 0 * DRAIN_MS'),
      manager('carry-out.ts', '  else if (news) routes.publish(wanted, nextVersion(held.expect));\n', ''),
      manager(
        'carry-out.ts',
        '  stops.note(app.id, plan.stops, sent, nowMs);\n',
        '  stops.note(app.id, plan.stops, sent, nowMs);\n  if (wanted !== undefined && news) routes.publish(wanted, nextVersion(held.expect));\n',
      ),
    ],
  },
  {
    name: 'a dyno is started before its intent is written',
    edits: [
      manager(
        'carry-out.ts',
        '  if (hasEffects || news || newRollouts',
        '  for (const dyno of plan.starts) {\n    const spec = await new DynoSpecs(platform, app).specFor(dyno);\n    if (spec.ok) await runtime.start(spec.value);\n  }\n  if (hasEffects || news || newRollouts',
      ),
    ],
  },
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
    name: 'crashed dynos come back together',
    edits: [manager('crash-policy.ts', 'ceilingMs * (0.5 + random.next() / 2)', 'ceilingMs + 0 * random.next()')],
  },
  {
    name: 'the back-off is forgotten',
    edits: [manager('crash-policy.ts', 'if (crashCount <= 1) return 0;', 'if (crashCount <= 100) return 0;')],
  },
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
    name: 'what the platform loses counts as a crash',
    edits: [
      manager(
        'formation-step.ts',
        'crashCount: kept ? dyno.crashCount : 0,',
        'crashCount: kept ? dyno.crashCount + 1 : 0,',
      ),
    ],
  },
  {
    name: 'plans are not fenced',
    edits: [
      manager('mark.ts', 'expect: held.expect, due }', "expect: 'any', due }"),
      manager('mark.ts', 'key: appKey(appId), expect: appVersion }', "key: appKey(appId), expect: 'any' }"),
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
  {
    name: 'a release does not wait for its release phase',
    edits: [
      { file: 'core/release/plan-release.ts', find: 'const pending = phase || app', replace: 'const pending = app' },
    ],
  },
  {
    name: 'a lost stop is never repeated',
    edits: [
      manager(
        'leave.ts',
        '    stops: [{ taskRef: task.taskRef, deadlineMs }],\n    lines: timeout.lines,',
        '    lines: timeout.lines,',
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
  {
    name: 'tasks without a record are left alone',
    edits: [
      manager(
        'reconcile.ts',
        ".filter((task) => task.state !== 'stopped' && !owned",
        ".filter((task) => task.state !== 'stopped' && owned.has('') && !owned",
      ),
    ],
  },
  {
    name: 'an app is purged while its dynos run',
    edits: [manager('reconcile.ts', 'const idle = dynos.length === 0 &&', 'const idle = dynos.length >= 0 ||')],
  },
  {
    name: 'a start without an answer is repeated as another attempt',
    edits: [
      manager(
        'progress.ts',
        'const renewed: Dyno = { ...dyno, intentAtMs',
        'const renewed: Dyno = { ...dyno, attempt: dyno.attempt + 1, intentAtMs',
      ),
    ],
  },
  {
    name: 'the boot timeout is half as long',
    edits: [manager('progress.ts', '>= BOOT_TIMEOUT_MS)', '>= BOOT_TIMEOUT_MS / 2)')],
  },
  {
    name: 'a manager trusts what it told the routers before another one did',
    found: true,
    edits: [
      manager('published-routes.ts', 'last?.mark !== mark || !same(last.routes', 'mark < 0 || !same(last?.routes'),
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
        'progress.ts',
        "  return { ...leave(look, { dyno, version, task }, 'pending-timeout', lines), lookAtMs: look.nowMs };",
        "  if (dyno.kind !== 'formation') return leave(look, { dyno, version, task }, 'pending-timeout', lines);\n  const { taskRef: _taskRef, ...rest } = dyno;\n  const again: Dyno = { ...rest, attempt: dyno.attempt + 1, intentAtMs: look.nowMs };\n  return step([again], {\n    writes: [{ kind: 'put', dyno: again, expect: version }],\n    starts: [again],\n    stops: [{ taskRef: task.taskRef, deadlineMs: look.nowMs + 30_000 }],\n    lines,\n    lookAtMs: look.nowMs + 30_000,\n  });",
      ),
    ],
  },
  {
    name: 'a crash of the platform runs a command twice',
    found: true,
    edits: [manager('one-off-step.ts', '(askedAtMs < recoveredAtMs ||', '(askedAtMs < 0 * recoveredAtMs ||')],
  },
  {
    name: 'starts that waited through an outage are given up at once',
    found: true,
    edits: [manager('progress.ts', 'const INTENT_FRESH_MS = MINUTE_MS;', 'const INTENT_FRESH_MS = 1e9 * MINUTE_MS;')],
  },
  {
    name: 'a command runs again once the runtime has forgotten that it ran',
    found: true,
    edits: [manager('one-off-step.ts', ' || mayBeForgotten(dyno, nowMs));', ');')],
  },
  {
    name: 'a purge that its pass did not get to waits for a day',
    found: true,
    edits: [manager('reconcile.ts', 'if (purge || completions.length > 0) next', 'if (purge && nowMs < 0) next')],
  },
  {
    name: 'an old picture of its task makes a dyno that serves look like one that boots',
    found: true,
    edits: [manager('classify.ts', "=== 'running' || dyno.state === 'up' ? running", "=== 'running' ? running")],
  },
  {
    name: 'what cannot be read for a moment starts a dyno beside itself',
    found: true,
    edits: [manager('start-dynos.ts', 'if (spec?.ok !== true && !unasked', 'if (spec?.ok === false && !unasked')],
  },
  {
    name: 'the dynos between two rolling deploys are all replaced at once',
    found: true,
    edits: [
      manager(
        'rollout.ts',
        "if (rollout.mode !== 'rolling') return undefined;",
        'if (rollout.startedAtMs > 0) return undefined;',
      ),
    ],
  },
  {
    name: 'a dyno that used much memory before it crashed skips its back-off',
    found: true,
    edits: [manager('formation-wishes.ts', "condition === 'up' && overThreshold.has", 'overThreshold.has')],
  },
];
