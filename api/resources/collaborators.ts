import * as z from 'zod';
import {
  addCollaborator,
  findCollaborator,
  listCollaborators,
  removeCollaborator,
} from '../../core/app/collaborator.ts';
import type { Collaborator } from '../../core/records/account.ts';
import type { App } from '../../core/records/app.ts';
import { ok } from '../../core/result.ts';
import { apiDate } from '../../core/time.ts';
import { type Route, route } from '../route.ts';

const PERMISSIONS = {
  collaborator: ['deploy', 'operate', 'view'],
  owner: ['deploy', 'manage', 'operate', 'view'],
};

function serializeCollaborator(app: App, collaborator: Collaborator) {
  return {
    app: { id: app.id, name: app.name },
    created_at: apiDate(collaborator.createdAtMs),
    id: collaborator.id,
    permissions: PERMISSIONS[collaborator.role].map((name) => ({ name, description: '' })),
    role: collaborator.role,
    updated_at: apiDate(collaborator.updatedAtMs),
    user: { email: collaborator.email, federated: false, id: collaborator.accountId },
  };
}

export const collaboratorRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/apps/:app/collaborators',
    permission: 'app',
    handle: async ({ platform, app }) =>
      ok({
        list: (await listCollaborators(platform, app.id)).map((one) => serializeCollaborator(app, one)),
        sortKeys: ['id', 'created_at'],
      }),
  }),
  route({
    method: 'POST',
    path: '/apps/:app/collaborators',
    permission: 'app-owner',
    /** `silent` asks for no e-mail, and none is ever sent. */
    body: z.object({ user: z.string(), silent: z.boolean().nullish() }),
    handle: async ({ platform, app, body }) => {
      const added = await addCollaborator(platform, app, body.user);
      return added.ok ? ok({ status: 201, body: serializeCollaborator(app, added.value) }) : added;
    },
  }),
  route({
    method: 'GET',
    path: '/apps/:app/collaborators/:collaborator',
    permission: 'app',
    handle: async ({ platform, app, params }) => {
      const found = await findCollaborator(platform, app.id, params.collaborator);
      return found.ok ? ok({ body: serializeCollaborator(app, found.value) }) : found;
    },
  }),
  route({
    method: 'DELETE',
    path: '/apps/:app/collaborators/:collaborator',
    permission: 'app',
    handle: async ({ platform, actor, app, params }) => {
      const removed = await removeCollaborator(platform, actor, app, params.collaborator);
      return removed.ok ? ok({ body: serializeCollaborator(app, removed.value) }) : removed;
    },
  }),
];
