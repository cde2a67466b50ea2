import { Activity } from '../../bin/local/activity.ts';
import type { DomainEvent } from '../../core/records/domain-event.ts';

const AT_MS = new Date(2026, 0, 1, 9, 5, 7).getTime();
const app = { id: 'a', name: 'shop' };
const about = { atMs: AT_MS, app };

const release = (action: 'create' | 'update', status: 'succeeded' | 'pending' | 'failed', id = 'r'): DomainEvent => ({
  ...about,
  entity: 'api:release',
  action,
  data: { id, version: 7, description: 'Deploy 1a2b', status },
});
const build = (action: 'create' | 'update', status: 'pending' | 'succeeded' | 'failed'): DomainEvent => ({
  ...about,
  entity: 'api:build',
  action,
  data: { id: 'b', status, ...(status === 'succeeded' ? { release: { id: 'r' } } : {}) },
});
const dyno = (state: 'starting' | 'up' | 'crashed' | 'down', action: 'create' | 'update' = 'update'): DomainEvent => ({
  ...about,
  entity: 'dyno',
  action,
  data: { id: 'd', name: 'web.1', type: 'web', size: 'Eco', state, release: { id: 'r', version: 7 } },
});

test.each<{ name: string; events: readonly DomainEvent[]; said: readonly string[] }>([
  {
    name: 'a push: its version',
    events: [build('create', 'pending'), release('create', 'succeeded'), build('update', 'succeeded')],
    said: ['deployed as v7'],
  },
  {
    name: 'a push with a release command: when it begins, and how it ends',
    events: [release('create', 'pending'), build('update', 'succeeded'), release('update', 'succeeded')],
    said: ['built as v7; its release command runs', 'the release command of v7 succeeded'],
  },
  {
    name: 'a release command that fails: what serves, and where its output is',
    events: [release('update', 'failed')],
    said: ['the release command of v7 failed; the app stays on its current release (heroku releases:output -a shop)'],
  },
  {
    name: 'a build that fails: where its output is',
    events: [build('update', 'failed')],
    said: ['the build failed (heroku logs -a shop has the address of its output)'],
  },
  {
    name: 'a push whose release is not the newest one any more: no version that might be wrong',
    events: [
      release('create', 'succeeded', 'r'),
      release('create', 'succeeded', 'other'),
      build('update', 'succeeded'),
    ],
    said: ['deployed'],
  },
  {
    name: 'a crash: the dyno, and how to see why',
    events: [dyno('crashed')],
    said: ['web.1 crashed (heroku logs -a shop --dyno-name web.1)'],
  },
  {
    name: 'nothing of what happens all the time',
    events: [dyno('starting', 'create'), dyno('up'), dyno('down'), release('create', 'succeeded')],
    said: [],
  },
])('npm start tells in a line each of $name', async ({ events, said }) => {
  const lines: string[] = [];
  const written: DomainEvent[] = [];
  const file = { publish: async (some: readonly DomainEvent[]) => void written.push(...some) };
  const activity = new Activity(file, (line) => lines.push(line));
  for (const event of events) await activity.publish([{ ...event, id: 'e' }]);
  expect(written).toMatchObject(events);
  expect(lines).toEqual(said.map((text) => `09:05:07 shop: ${text}`));
});
