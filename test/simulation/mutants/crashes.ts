import { type Mutant, manager, slip, slipForTest } from './mutant.ts';

export const CRASHES: readonly Mutant[] = [
  {
    name: 'crashed dynos come back together',
    test: 'test/core/dyno-manager/crash-policy.test.ts',
    edits: [manager('plan/crash-policy.ts', 'ceilingMs * (0.5 + random.next() / 2)', 'ceilingMs + 0 * random.next()')],
  },
  {
    name: 'the back-off is forgotten',
    edits: [manager('plan/crash-policy.ts', 'if (crashCount <= 1) return 0;', 'if (crashCount <= 100) return 0;')],
  },
  {
    name: 'what the platform loses counts as a crash',
    edits: [
      manager(
        'plan/formation-step.ts',
        'crashCount: kept ? dyno.crashCount : 0,',
        'crashCount: kept ? dyno.crashCount + 1 : 0,',
      ),
    ],
  },
  {
    name: 'the boot timeout is half as long',
    edits: [manager('plan/progress.ts', '>= BOOT_TIMEOUT_MS)', '>= BOOT_TIMEOUT_MS / 2)')],
  },
  slip(
    'the back-off is one step ahead',
    'plan/crash-policy.ts',
    'WAIT_CEILINGS_MS.length) - 1]',
    'WAIT_CEILINGS_MS.length)]',
  ),
  slip('back-off is counted in seconds', 'plan/crash-policy.ts', 'minutes * MINUTE_MS)', 'minutes * SECOND_MS)'),
  slipForTest(
    'crash-policy',
    'dynos of Private Spaces back off',
    'plan/crash-policy.ts',
    "if (tier === 'private' || tier === 'shield'",
    "if (tier === 'shield'",
  ),
  slipForTest(
    'crash-policy',
    'a long life does not wash a crash away',
    'plan/crash-policy.ts',
    'stoppedAtMs - dyno.upAtMs >=',
    'dyno.upAtMs - stoppedAtMs >=',
  ),
  slip(
    'the restart after a back-off forgets the crashes',
    'plan/formation-step.ts',
    "crashCount: dyno.crashCount, lines: again(dyno), because: 'crash'",
    "crashCount: 0, lines: again(dyno), because: 'crash'",
  ),
  slipForTest(
    'crashed',
    'a crashed dyno keeps its address',
    'plan/formation-step.ts',
    'const { address: _address, stopCause: _cause, ...rest } = dyno;',
    'const { stopCause: _cause, ...rest } = dyno;',
  ),
  slipForTest(
    'crashed',
    'a crashed dyno stays marked as one to be killed',
    'plan/formation-step.ts',
    'const { address: _address, stopCause: _cause, ...rest } = dyno;',
    'const { address: _address, ...rest } = dyno;',
  ),
  slipForTest(
    'crashed',
    'a restart counts as a crash',
    'plan/formation-step.ts',
    'return successor(planning, subject, { crashCount: 0, lines: [...down, ...again(dyno)]',
    'return successor(planning, subject, { crashCount: dyno.crashCount + 1, lines: [...down, ...again(dyno)]',
  ),
  slipForTest(
    'reconcile',
    'a boot is timed from the request to start',
    'plan/progress.ts',
    "  const launchedAtMs = task?.launchedAtMs;\n  if (condition === 'booting' && launchedAtMs",
    "  const launchedAtMs = task && dyno.intentAtMs;\n  if (condition === 'booting' && launchedAtMs",
  ),
  slip(
    'workers must bind to the port as well',
    'observe/classify.ts',
    "dyno.kind === 'formation' && dyno.type === 'web'",
    "dyno.kind === 'formation'",
  ),
  slip(
    'twice the quota is borne',
    'observe/memory.ts',
    'usedMiB >= limit.vastly * quotaMiB',
    'usedMiB >= 2 * limit.vastly * quotaMiB',
  ),
  slipForTest(
    'memory',
    'Performance dynos swap',
    'observe/memory.ts',
    'return { vastly: 1, reportsExcess: true };',
    'return { vastly: 2, reportsExcess: true };',
  ),
  slipForTest(
    'system-lines',
    'R14 is not said',
    'observe/memory.ts',
    'return limit.reportsExcess ? {',
    'return !limit.reportsExcess ? {',
  ),
  slipForTest(
    'memory-watch',
    'a peak of memory is taken for a habit',
    'observe/memory-watch.ts',
    'filter(([, sinceMs]) => nowMs - sinceMs >= MEMORY_SUSTAINED_MS)',
    'filter(([, sinceMs]) => nowMs - sinceMs >= 0)',
  ),
  slipForTest(
    'memory-watch',
    'memory that falls does not end the count',
    'observe/memory-watch.ts',
    '      this.#apps.get(appId)?.aboveSinceMs.delete(dynoId);\n',
    '',
  ),
  slipForTest(
    'memory-watch',
    'each sample begins the count of memory anew',
    'observe/memory-watch.ts',
    'if (sinceMs === undefined || sinceMs > nowMs) aboveSinceMs.set',
    'aboveSinceMs.set',
  ),
];
