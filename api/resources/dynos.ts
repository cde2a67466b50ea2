import * as z from 'zod';
import { findDyno, listDynos } from '../../core/dyno/find-dyno.ts';
import { restartAll, restartDyno, restartType } from '../../core/dyno/restart-dynos.ts';
import { runDyno } from '../../core/dyno/run-dyno.ts';
import type { Failure } from '../../core/failure.ts';
import type { App } from '../../core/records/app.ts';
import type { Dyno } from '../../core/records/dyno.ts';
import { ok, type Result } from '../../core/result.ts';
import { apiDate } from '../../core/time.ts';
import { type Answer, type Route, route } from '../route.ts';

/** `attachUrl` opens the dyno's terminal, so only the answer to its creation contains it. */
function dynoBody(app: App, dyno: Dyno, attachUrl: string | null = null) {
  return {
    app: { id: app.id, name: app.name },
    attach_url: attachUrl,
    command: dyno.command,
    created_at: apiDate(dyno.createdAtMs),
    id: dyno.id,
    name: dyno.name,
    release: { id: dyno.releaseId, version: dyno.releaseVersion },
    size: dyno.size,
    state: dyno.state,
    type: dyno.type,
    updated_at: apiDate(dyno.stateChangedAtMs),
  };
}

/** The CLI sends a terminal's size as numbers in `env`. */
const creation = z.object({
  command: z.string(),
  attach: z.boolean().nullish(),
  env: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()], 'expected a text, a number or a boolean'))
    .nullish(),
  force_no_tty: z.boolean().nullish(),
  size: z.string().nullish(),
  type: z.string().nullish(),
  time_to_live: z.number().nullish(),
});

const accepted = (done: Result<unknown, Failure>): Result<Answer, Failure> =>
  done.ok ? ok({ status: 202, body: {} }) : done;

export const dynoRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/apps/:app/dynos',
    permission: 'app',
    async handle({ platform, app }) {
      const dynos = await listDynos(platform, app.id);
      return ok({ list: dynos.map((dyno) => dynoBody(app, dyno)), sortKeys: ['id', 'name'] });
    },
  }),
  route({
    method: 'GET',
    path: '/apps/:app/dynos/:dyno',
    permission: 'app',
    async handle({ platform, app, params }) {
      const found = await findDyno(platform, app.id, params.dyno);
      return found.ok ? ok({ body: dynoBody(app, found.value) }) : found;
    },
  }),
  route({
    method: 'POST',
    path: '/apps/:app/dynos',
    permission: 'app',
    body: creation,
    async handle({ platform, actor, app, body }) {
      const { size, type, time_to_live: timeToLiveSeconds } = body;
      const created = await runDyno(platform, actor, app.id, {
        command: body.command,
        attach: body.attach ?? false,
        forceNoTty: body.force_no_tty ?? false,
        env: body.env ?? {},
        ...(size == null ? {} : { size }),
        ...(type == null ? {} : { type }),
        ...(timeToLiveSeconds == null ? {} : { timeToLiveSeconds }),
      });
      if (!created.ok) return created;
      const { dyno, attachUrl } = created.value;
      return ok({ status: 201, body: dynoBody(app, dyno, attachUrl ?? null) });
    },
  }),
  route({
    method: 'DELETE',
    path: '/apps/:app/dynos',
    permission: 'app',
    handle: async ({ platform, app }) => accepted(await restartAll(platform, app.id)),
  }),
  route({
    method: 'DELETE',
    path: '/apps/:app/dynos/:dyno',
    permission: 'app',
    handle: async ({ platform, app, params }) => accepted(await restartDyno(platform, app.id, params.dyno)),
  }),
  route({
    method: 'DELETE',
    path: '/apps/:app/formations/:type',
    permission: 'app',
    handle: async ({ platform, app, params }) => accepted(await restartType(platform, app.id, params.type)),
  }),
  // In the Common Runtime a stopped dyno of the formation starts again, so stopping it is a restart.
  route({
    method: 'POST',
    path: '/apps/:app/dynos/:dyno/actions/stop',
    permission: 'app',
    handle: async ({ platform, app, params }) => accepted(await restartDyno(platform, app.id, params.dyno)),
  }),
  route({
    method: 'POST',
    path: '/apps/:app/formations/:type/actions/stop',
    permission: 'app',
    handle: async ({ platform, app, params }) => accepted(await restartType(platform, app.id, params.type)),
  }),
];
