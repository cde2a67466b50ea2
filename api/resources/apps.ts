import * as z from 'zod';
import { changeApp } from '../../core/app/change-app.ts';
import { createApp } from '../../core/app/create-app.ts';
import { deleteApp } from '../../core/app/delete-app.ts';
import { listApps } from '../../core/app/find-app.ts';
import type { Failure } from '../../core/failure.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { unsupported } from '../kernel/unsupported.ts';
import { type ApiRequest, type ListAnswer, type Route, route } from '../route.ts';
import { serializeApp } from '../serialize-app.ts';
import { type OwnAccount, ownAccount } from './account.ts';

/** They say who may reach an app or change it. */
const ownership = {
  internal_routing: unsupported(),
  locked: unsupported(),
  organization: unsupported(),
  space: unsupported(),
  team: unsupported(),
};

const creation = z.object({
  name: z.string().nullish(),
  region: z.string().nullish(),
  stack: z.string().nullish(),
  feature_flags: z.array(z.string()).nullish(),
  ...ownership,
});

const changes = z.object({
  name: z.string().nullish(),
  maintenance: z.boolean().nullish(),
  build_stack: z.string().nullish(),
  owner: unsupported(),
  ...ownership,
});

async function list({
  platform,
  actor,
  params,
}: ApiRequest<unknown, OwnAccount>): Promise<Result<ListAnswer, Failure>> {
  const own = ownAccount(actor, params.account);
  if (!own.ok) return own;
  const apps = await listApps(platform, actor.accountId);
  return ok({ list: apps.map((app) => serializeApp(platform, app)), sortKeys: ['id', 'name', 'updated_at'] });
}

export const appRoutes: readonly Route[] = [
  route({ method: 'GET', path: '/apps', permission: 'account', handle: list }),
  route({ method: 'GET', path: '/users/:account/apps', permission: 'account', handle: list }),
  route({
    method: 'POST',
    path: '/apps',
    permission: 'account',
    body: creation,
    handle: async ({ platform, actor, body }) => {
      const app = await createApp(platform, actor, {
        ...(body.name == null ? {} : { name: body.name }),
        ...(body.region == null ? {} : { region: body.region }),
        ...(body.stack == null ? {} : { stack: body.stack }),
        ...(body.feature_flags == null ? {} : { features: body.feature_flags }),
      });
      return app.ok ? ok({ status: 201, body: serializeApp(platform, app.value) }) : app;
    },
  }),
  route({
    method: 'GET',
    path: '/apps/:app',
    permission: 'app',
    handle: async ({ platform, app }) => ok({ body: serializeApp(platform, app) }),
  }),
  route({
    method: 'PATCH',
    path: '/apps/:app',
    permission: 'app',
    body: changes,
    handle: async ({ platform, actor, app, body }) => {
      if (body.name != null && app.ownerId !== actor.accountId) {
        return err({ id: 'forbidden', message: `Only the owner of ${app.name} can rename it.` });
      }
      const changed = await changeApp(platform, actor, app.id, {
        ...(body.name == null ? {} : { name: body.name }),
        ...(body.maintenance == null ? {} : { maintenance: body.maintenance }),
        ...(body.build_stack == null ? {} : { buildStack: body.build_stack }),
      });
      return changed.ok ? ok({ body: serializeApp(platform, changed.value) }) : changed;
    },
  }),
  route({
    method: 'DELETE',
    path: '/apps/:app',
    permission: 'app-owner',
    handle: async ({ platform, app }) => {
      const deleted = await deleteApp(platform, app.id);
      return deleted.ok ? ok({ body: serializeApp(platform, deleted.value) }) : deleted;
    },
  }),
];
