import * as z from 'zod';
import { LOG_LINES_DEFAULT, LOG_LINES_MAX, logSessionUrl } from '../../core/log/log-session.ts';
import { ok } from '../../core/result.ts';
import { apiDate } from '../../core/time.ts';
import { type Route, route } from '../route.ts';

const name = z.string().max(200).nullish();

/** The CLI sends `dyno`, both for a dyno and for a process type; `dyno_name` and `type` are the documented keys. */
const creation = z.object({
  dyno: name,
  dyno_name: name,
  type: name,
  source: name,
  lines: z.number().int().min(1).nullish(),
  tail: z.boolean().nullish(),
});

export const logSessionRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/apps/:app/log-sessions',
    permission: 'app',
    body: creation,
    async handle({ platform, app, body }) {
      const process = body.dyno_name ?? body.dyno ?? body.type;
      const { source } = body;
      const url = logSessionUrl(platform, {
        appId: app.id,
        filter: { ...(source ? { source } : {}), ...(process ? { process } : {}) },
        lines: Math.min(body.lines ?? LOG_LINES_DEFAULT, LOG_LINES_MAX),
        tail: body.tail ?? false,
      });
      const now = apiDate(platform.clock.nowMs());
      return ok({ status: 201, body: { id: platform.ids.uuid(), created_at: now, logplex_url: url, updated_at: now } });
    },
  }),
];
