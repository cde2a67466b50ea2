import * as z from 'zod';
import { findDynoSize } from '../../core/dyno/dyno-size.ts';
import {
  type FormationUpdate,
  findFormationEntry,
  scaleFormation,
  unknownProcessType,
} from '../../core/formation/scale-formation.ts';
import type { App } from '../../core/records/app.ts';
import type { FormationEntry } from '../../core/records/formation.ts';
import { err, ok } from '../../core/result.ts';
import { apiDate } from '../../core/time.ts';
import { unsupported } from '../kernel/unsupported.ts';
import { type Route, route } from '../route.ts';

function formationBody(app: App, entry: FormationEntry) {
  const size = findDynoSize(entry.size);
  return {
    app: { id: app.id, name: app.name },
    command: entry.command,
    created_at: apiDate(entry.createdAtMs),
    dyno_size: { name: entry.size, ...(size === undefined ? {} : { id: size.id }) },
    id: entry.id,
    quantity: entry.quantity,
    size: entry.size,
    type: entry.type,
    updated_at: apiDate(entry.updatedAtMs),
  };
}

/** Clients send `quantity` as text and `size` for `dyno_size`. */
const settings = {
  /** `heroku container:rm` sends null and then reports the process type as removed. */
  docker_image: unsupported([]),
  quantity: z.union([z.number(), z.string()], 'expected a number or a text such as "+1"').nullish(),
  size: z.string().nullish(),
  dyno_size: z
    .union(
      [z.string(), z.object({ name: z.string().nullish(), id: z.string().nullish() })],
      'expected the name of a size, or an object with its name or id',
    )
    .nullish(),
};
const oneUpdate = z.object(settings);
const batch = z.object({ updates: z.array(z.object({ type: z.string(), ...settings })).max(500) });

function toUpdate(type: string, body: z.infer<typeof oneUpdate>): FormationUpdate {
  const { quantity, dyno_size: dynoSize } = body;
  const size = typeof dynoSize === 'string' ? dynoSize : (dynoSize?.id ?? dynoSize?.name ?? body.size);
  return { type, ...(quantity == null ? {} : { quantity }), ...(size == null ? {} : { size }) };
}

export const formationRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/apps/:app/formation',
    permission: 'app',
    handle: async ({ app }) =>
      ok({ list: app.formation.map((entry) => formationBody(app, entry)), sortKeys: ['id', 'type'] }),
  }),
  route({
    method: 'GET',
    path: '/apps/:app/formation/:type',
    permission: 'app',
    async handle({ app, params }) {
      const type = params.type;
      const entry = findFormationEntry(app.formation, type);
      return entry === undefined ? err(unknownProcessType(type)) : ok({ body: formationBody(app, entry) });
    },
  }),
  route({
    method: 'PATCH',
    path: '/apps/:app/formation',
    permission: 'app',
    body: batch,
    async handle({ platform, actor, app, body }) {
      const updates = body.updates.map((update) => toUpdate(update.type, update));
      const scaled = await scaleFormation(platform, actor, app.id, updates);
      if (!scaled.ok) return scaled;
      return ok({ body: scaled.value.formation.map((entry) => formationBody(app, entry)) });
    },
  }),
  route({
    method: 'PATCH',
    path: '/apps/:app/formation/:type',
    permission: 'app',
    body: oneUpdate,
    async handle({ platform, actor, app, params, body }) {
      const type = params.type;
      const scaled = await scaleFormation(platform, actor, app.id, [toUpdate(type, body)]);
      if (!scaled.ok) return scaled;
      const entry = findFormationEntry(scaled.value.formation, type);
      return entry === undefined ? err(unknownProcessType(type)) : ok({ body: formationBody(app, entry) });
    },
  }),
];
