import { type Mutant, slip, slipForTest } from './mutant.ts';

export const LOG: readonly Mutant[] = [
  slipForTest(
    'system-lines',
    'Cycling is called Restarting',
    'plan/leave.ts',
    "cause === 'cycle' || cause === 'memory-threshold' ? CYCLING",
    "cause === 'memory-threshold' ? CYCLING",
  ),
  slip(
    'the exit of what nobody attached to is not told',
    'plan/leave.ts',
    "(hasLaunched || exit.reason === 'attach-timeout')",
    'hasLaunched',
  ),
  slip(
    'a crash is told the wrong way round',
    'plan/formation-step.ts',
    "systemLines(dyno, stateChanged(lastState, 'crashed'))",
    "systemLines(dyno, stateChanged('crashed', lastState))",
  ),
  slip(
    'a dyno is told to be up from up',
    'plan/progress.ts',
    "stateChanged('starting', 'up'))]",
    "stateChanged('up', 'up'))]",
  ),
  slipForTest(
    'host-fault',
    'a move to another machine is not explained',
    'plan/leave.ts',
    "...(cause === 'host-fault' ? [HOST_FAULT] : []),",
    '',
  ),
  slip(
    'the exit is told before the launch',
    'plan/leave.ts',
    'const lines: SystemLine[] = [...launch.lines];',
    'const lines: SystemLine[] = [];',
  ),
  slipForTest(
    'system-lines',
    'R10 does not say that the process is killed',
    'plan/progress.ts',
    'messages: [BOOT_TIMEOUT, SIGKILL_PROCESS]',
    'messages: [BOOT_TIMEOUT]',
  ),
  slip(
    'what a killed program used is not told',
    'observe/memory.ts',
    'messages: [running, MEMORY_VASTLY_EXCEEDED, SIGKILL_PROCESS]',
    'messages: [MEMORY_VASTLY_EXCEEDED, SIGKILL_PROCESS]',
  ),
];
