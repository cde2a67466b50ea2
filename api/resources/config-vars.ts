import * as z from 'zod';
import { readConfig } from '../../core/config/read-config.ts';
import { setConfigVars } from '../../core/config/set-config-vars.ts';
import { findRelease } from '../../core/release/find-release.ts';
import { ok } from '../../core/result.ts';
import { type Route, route } from '../route.ts';

const changes = z.record(z.string(), z.string().nullable());

export const configVarRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/apps/:app/config-vars',
    permission: 'app',
    handle: async ({ platform, app }) => ok({ body: await readConfig(platform, app.id, app.configVersion) }),
  }),
  route({
    method: 'PATCH',
    path: '/apps/:app/config-vars',
    permission: 'app',
    body: changes,
    async handle({ platform, actor, app, body }) {
      const changed = await setConfigVars(platform, actor, app.id, body);
      return changed.ok ? ok({ body: changed.value.config }) : changed;
    },
  }),
  route({
    method: 'GET',
    path: '/apps/:app/releases/:release/config-vars',
    permission: 'app',
    async handle({ platform, app, params }) {
      const found = await findRelease(platform, app.id, params.release);
      return found.ok ? ok({ body: await readConfig(platform, app.id, found.value.configVersion) }) : found;
    },
  }),
];
