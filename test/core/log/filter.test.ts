import { matchesFilter } from '../../../core/log/filter.ts';

const line = (source: 'app' | 'heroku', process: string) => ({ source, process });

test.each([
  { name: 'no filter takes all', filter: {}, line: line('app', 'web.1'), expected: true },
  { name: 'the same source', filter: { source: 'app' }, line: line('app', 'web.1'), expected: true },
  { name: 'another source', filter: { source: 'heroku' }, line: line('app', 'web.1'), expected: false },
  { name: 'a source is not a prefix', filter: { source: 'hero' }, line: line('heroku', 'web.1'), expected: false },
  { name: 'a process type takes its dynos', filter: { process: 'web' }, line: line('app', 'web.12'), expected: true },
  { name: 'a process without number', filter: { process: 'router' }, line: line('heroku', 'router'), expected: true },
  { name: 'a type is not a prefix', filter: { process: 'web' }, line: line('app', 'webhooks.1'), expected: false },
  { name: 'a longer type', filter: { process: 'worker' }, line: line('app', 'work.1'), expected: false },
  { name: 'one dyno', filter: { process: 'web.1' }, line: line('app', 'web.1'), expected: true },
  { name: 'one dyno is not a prefix', filter: { process: 'web.1' }, line: line('app', 'web.12'), expected: false },
  { name: 'not below a dyno', filter: { process: 'web.1' }, line: line('app', 'web.1.2'), expected: false },
  { name: 'a letter where the dot should be', filter: { process: 'web' }, line: line('app', 'webx1'), expected: false },
  { name: 'both that match', filter: { source: 'app', process: 'web' }, line: line('app', 'web.1'), expected: true },
  {
    name: 'the other source',
    filter: { source: 'app', process: 'web' },
    line: line('heroku', 'web.1'),
    expected: false,
  },
  { name: 'both must match', filter: { source: 'app', process: 'api' }, line: line('app', 'web.1'), expected: false },
])('$name', ({ filter, line: candidate, expected }) => {
  expect(matchesFilter(candidate, filter)).toBe(expected);
});
