import { createTextLog } from '../../../adapters/local/text-log.ts';
import type { Problems } from '../../../core/ports/problems.ts';

function logged(...problem: Parameters<Problems['report']>): string {
  let text = '';
  const write = (line: string) => {
    text += line;
  };
  createTextLog({ nowMs: () => Date.parse('2026-11-21T12:00:00Z'), write }).report(...problem);
  return text;
}

const error = Object.assign(new Error('full'), { stack: 'Error: full\n    at write' });
const withoutStack = Object.assign(new Error('full'), { stack: undefined });

test.each<{ readonly problem: Parameters<Problems['report']>; readonly line: string }>([
  { problem: ['the router ended'], line: 'the router ended' },
  { problem: ['no certificate', error], line: 'no certificate: Error: full\n    at write' },
  { problem: ['no certificate', withoutStack], line: 'no certificate: full' },
  { problem: ['no certificate', 'full'], line: 'no certificate: full' },
  { problem: ['no certificate', null], line: 'no certificate: null' },
  { problem: ['a pass failed', undefined, { appId: '1' }], line: 'app 1: a pass failed' },
  { problem: ['a pass failed', 'full', { appId: '1' }], line: 'app 1: a pass failed: full' },
  { problem: ['a request failed', undefined, { requestId: '2' }], line: 'request 2: a request failed' },
  { problem: ['failed', undefined, { appId: '1', requestId: '2' }], line: 'app 1: request 2: failed' },
])('the terminal has: $line', ({ problem, line }) => {
  expect(logged(...problem)).toBe(`2026-11-21T12:00:00.000Z ${line}\n`);
});
