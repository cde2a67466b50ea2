import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Positions } from '../../../adapters/local/docker-runtime/host/positions.ts';
import { Turns } from '../../../adapters/local/docker-runtime/host/turns.ts';

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'positions-'));
  path = join(directory, 'positions.json');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('positions are there again for the next one, but only those of containers that are', () => {
  const positions = new Positions(path);
  positions.reached('a.1', 1_700_000_000_000.25);
  positions.reached('b.1', 5);
  positions.reached('a.1', 1_700_000_000_001.5);
  positions.reached('c.1', 6);
  positions.forget('c.1');
  positions.save();
  const next = new Positions(path);
  expect([next.of('a.1'), next.of('b.1'), next.of('c.1')]).toEqual([1_700_000_000_001.5, 5, undefined]);
  next.keepOnly(new Set(['b.1']));
  next.save();
  const last = new Positions(path);
  expect([last.of('a.1'), last.of('b.1')]).toEqual([undefined, 5]);
});

test('a file that was cut off is no file', () => {
  writeFileSync(path, '{"a.1": 17');
  const positions = new Positions(path);
  expect(positions.of('a.1')).toBeUndefined();
  positions.reached('a.1', 3);
  positions.save();
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ 'a.1': 3 });
});

test('turns let so many in, in order, and go on after a failure', async () => {
  const turns = new Turns(2);
  const begun: number[] = [];
  const finish: (() => void)[] = [];
  const work = [0, 1, 2, 3].map((index) =>
    turns.take(async () => {
      begun.push(index);
      await new Promise<void>((resolve) => finish.push(resolve));
      if (index === 0) throw new Error('failed');
      return index;
    }),
  );
  const settled = Promise.allSettled(work);
  await settle();
  expect(begun).toEqual([0, 1]);
  finish[0]?.();
  await settle();
  expect(begun).toEqual([0, 1, 2]);
  finish[1]?.();
  finish[2]?.();
  await settle();
  finish[3]?.();
  expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled', 'fulfilled']);
});

const settle = () => new Promise((resolve) => setImmediate(resolve));
