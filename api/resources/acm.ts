import * as z from 'zod';
import { refreshAcm, setAcm } from '../../core/domain/acm.ts';
import { type Failure, invalid } from '../../core/failure.ts';
import type { Platform } from '../../core/platform.ts';
import type { App } from '../../core/records/app.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { type ObjectAnswer, type Route, route } from '../route.ts';
import { serializeApp } from '../serialize-app.ts';

function answer(platform: Platform, app: Result<App, Failure>): Result<ObjectAnswer, Failure> {
  return app.ok ? ok({ body: serializeApp(platform, app.value) }) : app;
}

/** Automated Certificate Management: one switch per app. Each domain shows the state of its certificate. */
export const acmRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/apps/:app/acm',
    permission: 'app',
    handle: async ({ platform, app }) => answer(platform, ok(app)),
  }),
  route({
    method: 'POST',
    path: '/apps/:app/acm',
    permission: 'app',
    handle: async ({ platform, app }) => answer(platform, await setAcm(platform, app.id, true)),
  }),
  route({
    method: 'PATCH',
    path: '/apps/:app/acm',
    permission: 'app',
    body: z.object({ acm_refresh: z.literal(true).nullish() }),
    async handle({ platform, app }) {
      if (app.acm?.enabled !== true) {
        return err(
          invalid(`Automated Certificate Management is off on ${app.name}: enable it with heroku certs:auto:enable.`),
        );
      }
      return answer(platform, await refreshAcm(platform, app.id));
    },
  }),
  route({
    method: 'DELETE',
    path: '/apps/:app/acm',
    permission: 'app',
    handle: async ({ platform, app }) => answer(platform, await setAcm(platform, app.id, false)),
  }),
];
