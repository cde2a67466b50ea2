import { DECISIONS } from './decision-table.ts';
import { FAULT_KINDS } from './fault-kinds.ts';

const WIDTH = 9;

/** One row per decision and one column per kind of fault: how often the decision was made under the fault. */
export function faultTable(counts: ReadonlyMap<string, number>): readonly string[] {
  const name = Math.max(...DECISIONS.map(({ length }) => length));
  const line = (first: string, cells: readonly string[]) =>
    `  ${first.padEnd(name)}${cells.map((cell) => cell.padStart(WIDTH + 1)).join('')}`;
  const cells = (decision: string) =>
    FAULT_KINDS.map((kind) => {
      const count = counts.get(`${decision} | ${kind}`) ?? 0;
      return count === 0 ? 'never' : String(count);
    });
  return [line('', FAULT_KINDS), ...DECISIONS.map((decision) => line(decision, cells(decision)))];
}
