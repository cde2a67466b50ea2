import { setTimeout as sleep } from 'node:timers/promises';
import { Output } from '../../../adapters/local/dynos/host/output.ts';
import type { OutputEntry } from '../../../adapters/local/dynos/messages.ts';
import { until } from './workbench.ts';

const texts = (entries: readonly OutputEntry[]) => entries.map(([, what]) => what);

function open() {
  const batches: (readonly (readonly [string, readonly OutputEntry[]])[])[] = [];
  const output = new Output((batch) => batches.push(batch));
  return { output, batches };
}

test('hands on lines soon, in order', async () => {
  const { output, batches } = open();
  output.open('a').stream().push(Buffer.from('1\n2\n3\n'));
  await until(() => batches.length > 0 || undefined);
  expect(batches[0]?.map(([taskRef, entries]) => [taskRef, texts(entries)])).toEqual([['a', ['1', '2', '3']]]);
});

test('sends no more than two batches ahead of what was taken', async () => {
  const { output, batches } = open();
  const stream = output.open('a').stream();
  for (let line = 0; line < 3_000; line += 1) stream.push(Buffer.from(`${line}\n`));
  await until(() => batches.length === 2 || undefined);
  await sleep(60);
  expect(batches).toHaveLength(2);
  output.taken();
  await until(() => batches.length === 3 || undefined);
  expect(batches.flatMap((batch) => batch.flatMap(([, entries]) => texts(entries)))).toEqual(
    Array.from({ length: 1_500 }, (_, index) => String(index)),
  );
});

test('what is handed on at the exit of a dyno is ahead as well, until it is taken', async () => {
  const { output, batches } = open();
  for (const name of ['one', 'two']) {
    const leaving = output.open(name);
    leaving.stream().push(Buffer.from('last\n'));
    output.flush(leaving);
  }
  await sleep(20);
  const tasks = () => batches.flatMap((batch) => batch.map(([taskRef]) => taskRef));
  expect(tasks()).toEqual(['one', 'two']);
  output.open('a').stream().push(Buffer.from('line\n'));
  await sleep(60);
  expect(tasks()).toEqual(['one', 'two']);
  for (const _ of [...batches]) output.taken();
  await until(() => tasks().length === 3 || undefined);
});

test('a dyno that writes too much loses its newest lines, learns how many, and delays no other dyno', async () => {
  const { output, batches } = open();
  const flood = output.open('flood').stream();
  const quiet = output.open('quiet').stream();
  const line = Buffer.from(`${'x'.repeat(999)}\n`);
  for (let count = 0; count < 10_000; count += 1) flood.push(line);
  quiet.push(Buffer.from('hello\n'));
  await until(() => batches.length > 0 || undefined);
  expect(batches[0]?.find(([taskRef]) => taskRef === 'quiet')?.[1].map(([, what]) => what)).toEqual(['hello']);
  let seen = 0;
  const total = () => {
    for (; seen < batches.length; seen += 1) output.taken();
    const entries = batches.flat().flatMap(([taskRef, all]) => (taskRef === 'flood' ? texts(all) : []));
    return {
      kept: entries.filter((entry) => typeof entry === 'string').length,
      dropped: entries.filter((entry) => typeof entry === 'number').reduce((sum, count) => sum + count, 0),
    };
  };
  const { kept, dropped } = await until(() => (total().dropped > 0 ? total() : undefined));
  expect(kept + dropped).toBe(10_000);
  expect(kept * 1000).toBeLessThanOrEqual(2 * 1024 * 1024);
});

test('flushing a dyno hands on all of its lines at once, the count of the lost ones last', () => {
  const { output, batches } = open();
  const dyno = output.open('a');
  const stream = dyno.stream();
  for (let count = 0; count < 20_007; count += 1) stream.push(Buffer.from('\n'));
  stream.push(Buffer.from('no newline'));
  stream.end();
  output.flush(dyno);
  const entries = batches.flat().flatMap(([, all]) => texts(all));
  expect(entries.slice(0, 20_000)).toEqual(Array.from({ length: 20_000 }, () => ''));
  expect(entries.slice(20_000)).toEqual([8]);
});
