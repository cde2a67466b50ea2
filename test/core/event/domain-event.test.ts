import type { Build } from '../../../core/records/build.ts';
import { buildEvent, dynoEvent, eventView, releaseEvent } from '../../../core/records/domain-event.ts';
import { app, dyno, release } from '../dyno-manager/records.ts';

const APP = { id: 'app-1', name: 'shop' };
const shop = app({ web: 1 });
const build: Build = {
  id: 'build-1',
  appId: 'app-1',
  status: 'pending',
  source: { url: 'https://example.com/secret' },
  buildpacks: [],
  stackName: 'heroku-24',
  userId: 'me',
  userEmail: 'me@example.com',
  outputStreamId: 'stream-1',
  createdAtMs: 1,
  updatedAtMs: 2_000,
};

test.each([
  {
    name: 'a release',
    event: releaseEvent('create', shop, release(7, { updatedAtMs: 1_000 })),
    told: {
      entity: 'api:release',
      action: 'create',
      atMs: 1_000,
      data: { id: 'release-7', version: 7, description: 'Deploy', status: 'succeeded' },
    },
  },
  {
    name: 'a build',
    event: buildEvent('update', shop, build),
    told: { entity: 'api:build', action: 'update', atMs: 2_000, data: { id: 'build-1', status: 'pending' } },
  },
  {
    name: 'a build that was released',
    event: buildEvent('update', shop, { ...build, status: 'succeeded', releaseId: 'release-7' }),
    told: {
      entity: 'api:build',
      action: 'update',
      atMs: 2_000,
      data: { id: 'build-1', status: 'succeeded', release: { id: 'release-7' } },
    },
  },
  {
    name: 'a dyno as it is',
    event: dynoEvent('create', shop, dyno('web.1'), 3_000),
    told: {
      entity: 'dyno',
      action: 'create',
      atMs: 3_000,
      data: {
        id: 'id-web.1',
        name: 'web.1',
        type: 'web',
        size: 'Standard-1X',
        state: 'starting',
        release: { id: 'release-7', version: 7 },
      },
    },
  },
  {
    name: 'a dyno that has ended',
    event: dynoEvent('update', shop, dyno('web.1'), 3_000, 'down'),
    told: {
      entity: 'dyno',
      action: 'update',
      atMs: 3_000,
      data: {
        id: 'id-web.1',
        name: 'web.1',
        type: 'web',
        size: 'Standard-1X',
        state: 'down',
        release: { id: 'release-7', version: 7 },
      },
    },
  },
])('what is told of $name, and nothing else', ({ event, told: { entity, action, atMs, data } }) => {
  expect(event).toEqual({ entity, action, atMs, app: APP, data });
  expect(eventView({ ...event, id: 'event-1' })).toEqual({
    id: 'event-1',
    resource: entity,
    action,
    published_at: `1970-01-01T00:00:0${atMs / 1_000}Z`,
    app: APP,
    data,
  });
});
