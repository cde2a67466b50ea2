import type { PublishedEvent } from '../../../core/records/domain-event.ts';
import type { Dyno } from '../../../core/records/dyno.ts';
import type { OutboxEntry } from '../../../core/records/outbox.ts';
import type { Release } from '../../../core/records/release.ts';
import type { Change } from '../memory-store.ts';
import type { World } from '../world.ts';
import type { Rules } from './rules.ts';

const RULE = 'a transaction holds the events of what it changes, and no others';

/** Each commit: one event for each dyno and release that begins, changes its state, or ends. */
export function judgeEvents(world: World, rules: Rules, changes: readonly Change[]): void {
  const entries = changes.filter(({ key }) => key.partition.startsWith('events#'));
  // Publishing is not simulated: test/core/event/outbox.test.ts does it over the real store.
  for (const { key } of entries) world.store.erase(key);
  const events = entries.flatMap(({ after }) => (after as OutboxEntry).events);
  const found = events.map(inWords).sort();
  const wanted = changes.flatMap((change) => wantedOf(change, changes)).sort();
  if (found.join() !== wanted.join()) rules.break(RULE, `wanted ${wanted.join(', ')}; found ${found.join(', ')}`);
  if (new Set(events.map(({ id }) => id)).size !== events.length) rules.break(RULE, 'two events have one id');
}

const inWords = ({ entity, action, app, data }: PublishedEvent): string => {
  const what =
    'version' in data ? `v${data.version} ${data.status}` : 'name' in data ? `${data.name} ${data.state}` : '';
  return `${app.id} ${entity} ${action} ${data.id} ${what}`;
};

function wantedOf({ key, before, after }: Change, changes: readonly Change[]): readonly string[] {
  const appId = key.partition.slice('app#'.length);
  if (key.sort.startsWith('dyno#')) {
    const [was, is] = [before as Dyno | undefined, after as Dyno | undefined];
    if (is === undefined) {
      if (was === undefined) return [];
      return [`${appId} dyno update ${was.id} ${was.name} ${hasCrashed(was, changes) ? 'crashed' : 'down'}`];
    }
    if (was?.state === is.state) return [];
    return [`${appId} dyno ${was === undefined ? 'create' : 'update'} ${is.id} ${is.name} ${is.state}`];
  }
  if (!key.sort.startsWith('release#') || after === undefined) return [];
  const [was, is] = [before as Release | undefined, after as Release];
  if (was?.status === is.status) return [];
  return [`${appId} api:release ${was === undefined ? 'create' : 'update'} ${is.id} v${is.version} ${is.status}`];
}

/** One that is started again at once leaves no record of its crash but the cause of its successor. */
const hasCrashed = ({ name }: Dyno, changes: readonly Change[]): boolean =>
  changes.some(({ key, before, after }) => {
    if (!key.sort.startsWith('dyno#') || before !== undefined) return false;
    const next = after as Dyno | undefined;
    return next?.name === name && next.kind === 'formation' && next.startedBecause === 'crash';
  });
