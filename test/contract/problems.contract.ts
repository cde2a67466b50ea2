import type { Problems } from '../../core/ports/problems.ts';

const NOW = '2026-11-21T12:00:00.000Z';

/** `open` gives the adapter a clock that stands still and a place to write to. */
export function problemsContract(
  name: string,
  open: (nowMs: () => number, write: (line: string) => void) => Problems,
): void {
  describe(`${name} as Problems`, () => {
    const logged = (...problem: Parameters<Problems['report']>) => {
      const lines: string[] = [];
      open(
        () => Date.parse(NOW),
        (line) => lines.push(line),
      ).report(...problem);
      return lines;
    };

    test.each([
      { what: 'no cause', cause: undefined },
      { what: 'an error', cause: new Error('out of reach') },
      { what: 'no error as its cause', cause: null },
    ])('a problem with $what is written at once, in one piece, with its time', ({ cause }) => {
      expect(logged('could not queue a build', cause)).toEqual([
        expect.stringMatching(new RegExp(`${NOW}[^]*could not queue a build[^]*\\n$`)),
      ]);
    });

    test('its cause is there with its stack', () => {
      const [line] = logged('could not queue a build', new Error('out of reach'));
      expect(line).toContain('out of reach');
      expect(line).toContain('problems.contract.ts');
    });

    test('a cause that is no error is there too', () => {
      expect(logged('a request failed', 'socket hang up')).toEqual([expect.stringContaining('socket hang up')]);
    });

    test.each([
      { about: { appId: 'app-1' }, has: ['app-1'] },
      { about: { requestId: 'request-1' }, has: ['request-1'] },
      { about: { appId: 'app-1', requestId: 'request-1' }, has: ['app-1', 'request-1'] },
      { about: {}, has: [] },
      { about: undefined, has: [] },
    ])('the operator can search it by $has', ({ about, has }) => {
      const [line = ''] = logged('failed', undefined, about);
      expect(line.match(/(?:app|request)-1/g) ?? []).toEqual(has);
    });
  });
}
