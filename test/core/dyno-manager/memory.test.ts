import { findDynoSize } from '../../../core/dyno/dyno-size.ts';
import { memoryVerdict } from '../../../core/dyno-manager/observe/memory.ts';

const R14 = 'Error R14 (Memory quota exceeded)';
const R15 = 'Error R15 (Memory quota vastly exceeded)';
const KILL = 'Stopping process with SIGKILL';

test.each([
  { size: 'Standard-1X', used: 512, says: undefined },
  { size: 'Eco', used: 516.9, says: ['Process running mem=516M(101.0%)', R14] },
  { size: 'Standard-2X', used: 2_047, says: ['Process running mem=2047M(199.9%)', R14] },
  { size: 'Standard-2X', used: 2_048, says: ['Process running mem=2048M(200.0%)', R15, KILL] },
  { size: 'Performance-M', used: 2_560, says: undefined },
  { size: 'Performance-M', used: 2_600, says: ['Process running mem=2600M(101.6%)', R15, KILL] },
  { size: 'Private-S', used: 1_025, says: ['Process running mem=1025M(100.1%)', R15, KILL] },
  { size: 'Shield-S', used: 1_024, says: undefined },
  { size: 'dyno-1c-0.5gb', used: 10_000, says: undefined },
])('$size with $used MiB: $says', ({ size: name, used, says }) => {
  const size = findDynoSize(name);
  if (size === undefined) throw new Error(`no size ${name}`);
  const verdict = memoryVerdict(used, size);
  expect(verdict?.messages).toEqual(says);
  expect(verdict?.kill === true).toBe(says?.includes(KILL) === true);
});
