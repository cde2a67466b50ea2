import type { Item } from '../../ports/store.ts';
import type { App } from '../../records/app.ts';
import { type DomainEvent, dynoEvent } from '../../records/domain-event.ts';
import type { Dyno } from '../../records/dyno.ts';
import type { DynoWrite } from '../plan/dyno-plan.ts';

/** Events for what the dyno manager's writes change about dynos: their existence and their state. */
export function dynoEvents(
  app: Pick<App, 'id' | 'name'>,
  before: readonly Item<Dyno>[],
  writes: readonly DynoWrite[],
  atMs: number,
): readonly DomainEvent[] {
  if (writes.length === 0) return [];
  const states = new Map(before.map(({ value }) => [value.id, value.state]));
  // A dyno that is restarted at once has no record of its crash.
  const crashed = new Set(
    writes.flatMap((write) =>
      write.kind === 'put' && write.expect === 'absent' && isAfterCrash(write.dyno) ? [write.dyno.name] : [],
    ),
  );
  return writes.flatMap((write): readonly DomainEvent[] => {
    if (write.kind === 'job-ended') return [];
    const { dyno } = write;
    const was = states.get(dyno.id);
    if (write.kind === 'delete')
      return [dynoEvent('update', app, dyno, atMs, crashed.has(dyno.name) ? 'crashed' : 'down')];
    if (was === undefined) return [dynoEvent('create', app, dyno, atMs)];
    return was === dyno.state ? [] : [dynoEvent('update', app, dyno, atMs)];
  });
}

const isAfterCrash = (dyno: Dyno): boolean => dyno.kind === 'formation' && dyno.startedBecause === 'crash';
