import type { OutputStreams } from '../../core/ports/output-streams.ts';

export interface OpenOutputStreams {
  readonly outputs: OutputStreams;
  close(): Promise<void>;
}

const never = () => new AbortController().signal;

async function readAll(content: AsyncIterable<Uint8Array> | undefined): Promise<string | undefined> {
  if (content === undefined) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

export function outputStreamsContract(name: string, open: () => Promise<OpenOutputStreams>): void {
  describe(`${name}: output streams contract`, () => {
    let outputs: OutputStreams;
    let close: () => Promise<void>;

    beforeEach(async () => {
      ({ outputs, close } = await open());
    });
    afterEach(() => close());

    test('gives back what was appended, also after the end and again', async () => {
      outputs.append('s', '-----> Node.js\n');
      outputs.append('s', '       ✓ done\n');
      await outputs.end('s');
      for (let i = 0; i < 2; i++) {
        expect(await readAll(outputs.read('s', 0, never()))).toBe('-----> Node.js\n       ✓ done\n');
      }
    });

    test('is undefined when nothing was ever appended', async () => {
      expect(outputs.read('s', 0, never())).toBeUndefined();
      outputs.append('s', '');
      expect(outputs.read('s', 0, never())).toBeUndefined();
      await outputs.end('s');
      expect(outputs.read('s', 0, never())).toBeUndefined();
      outputs.append('s', 'x');
      expect(outputs.read('s', 0, never())).toBeDefined();
      await outputs.end('s');
    });

    test('readers that come at any time read the same while it grows, from their offset on', async () => {
      const lines = Array.from({ length: 2_000 }, (_, i) => `line ${i} ${'x'.repeat(i % 97)}\n`);
      const whole = lines.join('');
      outputs.append('s', lines[0] ?? '');
      const reading: Promise<string | undefined>[] = [];
      const expected: string[] = [];
      for (const [index, line] of lines.entries()) {
        if (index > 0) outputs.append('s', line);
        if (index % 100 === 0) {
          const offset = (index * 31) % whole.length;
          reading.push(readAll(outputs.read('s', offset, never())));
          expected.push(whole.slice(offset));
        }
        if (index % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      await outputs.end('s');
      expect(await Promise.all(reading)).toEqual(expected);
    });

    test('a reader gets what is there before more comes', async () => {
      outputs.append('s', 'first');
      const reader = outputs.read('s', 0, never())?.[Symbol.asyncIterator]();
      const first = await reader?.next();
      expect(String(first?.value)).toBe('first');
      const second = reader?.next();
      outputs.append('s', 'second');
      expect(String((await second)?.value)).toBe('second');
      await outputs.end('s');
      expect((await reader?.next())?.done).toBe(true);
    });

    test('a reader that never reads holds up neither the writer nor others', async () => {
      outputs.append('s', 'begin\n');
      const stuck = outputs.read('s', 0, never())?.[Symbol.asyncIterator]();
      await stuck?.next();
      const text = 'y'.repeat(10_000);
      for (let i = 0; i < 500; i++) outputs.append('s', text);
      const other = readAll(outputs.read('s', 0, never()));
      await outputs.end('s');
      expect((await other)?.length).toBe(5_000_006);
      await stuck?.return?.();
    });

    test('an aborted reader ends at once, and only that one', async () => {
      outputs.append('s', 'x');
      const controller = new AbortController();
      const aborted = readAll(outputs.read('s', 1, controller.signal));
      const other = readAll(outputs.read('s', 1, never()));
      controller.abort();
      expect(await aborted).toBe('');
      expect(await readAll(outputs.read('s', 0, controller.signal))).toBe('');
      outputs.append('s', 'y');
      await outputs.end('s');
      expect(await other).toBe('y');
    });

    test('an offset at or behind the end is an empty rest', async () => {
      outputs.append('s', '12345');
      const behind = readAll(outputs.read('s', 99, never()));
      await outputs.end('s');
      expect(await behind).toBe('');
      expect(await readAll(outputs.read('s', Number.MAX_SAFE_INTEGER, never()))).toBe('');
      expect(await readAll(outputs.read('s', 5, never()))).toBe('');
      expect(await readAll(outputs.read('s', 4, never()))).toBe('5');
    });

    test('ends once: again, of nothing, and appends behind it are ignored', async () => {
      outputs.append('s', 'x');
      const first = outputs.end('s');
      outputs.append('s', 'late');
      await Promise.all([first, outputs.end('s'), outputs.end('none')]);
      await outputs.end('s');
      outputs.append('s', 'later');
      expect(await readAll(outputs.read('s', 0, never()))).toBe('x');
    });

    test('a removed stream is gone, and its readers end', async () => {
      outputs.append('ended', 'x');
      await outputs.end('ended');
      outputs.append('open', 'x');
      const reading = readAll(outputs.read('open', 1, never()));
      for (const streamId of ['ended', 'open', 'none']) await outputs.remove(streamId);
      expect(await reading).toBe('');
      expect(outputs.read('ended', 0, never())).toBeUndefined();
      expect(outputs.read('open', 0, never())).toBeUndefined();
    });

    test('streams do not mix', async () => {
      for (let i = 0; i < 100; i++) for (const id of ['a', 'b', 'c']) outputs.append(id, `${id}${i} `);
      for (const id of ['a', 'b', 'c']) {
        await outputs.end(id);
        expect(await readAll(outputs.read(id, 0, never()))).toBe(
          Array.from({ length: 100 }, (_, i) => `${id}${i} `).join(''),
        );
      }
    });

    test.each(['', '..', '../x', 'a/b', '.hidden', 'a\0', 'x'.repeat(200)])('refuses the id %j', async (id) => {
      expect(() => outputs.append(id, 'x')).toThrow('not a stream id');
      expect(outputs.read(id, 0, never())).toBeUndefined();
      await outputs.end(id);
      await outputs.remove(id);
    });
  });
}
