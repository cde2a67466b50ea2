import { apiDate } from '../time.ts';
import type { App } from './app.ts';
import type { Build } from './build.ts';
import type { Dyno } from './dyno.ts';
import type { Release } from './release.ts';

/**
 * What happened to an app, for subscribers: entities and actions of Heroku's webhooks (Dev Center: App Webhooks). Contains no
 * config var, no command and no user's address.
 */
export type DomainEvent = {
  readonly action: 'create' | 'update';
  readonly atMs: number;
  readonly app: { readonly id: string; readonly name: string };
} & (
  | { readonly entity: 'api:release'; readonly data: ReleaseData }
  | { readonly entity: 'api:build'; readonly data: BuildData }
  | { readonly entity: 'dyno'; readonly data: DynoData }
);

/** As it is stored and published. A subscriber that receives an id twice has received the same event twice. */
export type PublishedEvent = DomainEvent & { readonly id: string };

export interface ReleaseData {
  readonly id: string;
  readonly version: number;
  readonly description: string;
  readonly status: Release['status'];
}

export interface BuildData {
  readonly id: string;
  readonly status: Build['status'];
  /** For a build that succeeded. */
  readonly release?: { readonly id: string };
}

export interface DynoData {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly size: string;
  /** `down`: this instance has ended; a new one of the same name has another id. */
  readonly state: Dyno['state'];
  readonly release: { readonly id: string; readonly version: number };
}

/** The form in which it leaves the platform. */
export function eventView({ id, entity, action, atMs, app, data }: PublishedEvent) {
  return { id, resource: entity, action, published_at: apiDate(atMs), app, data };
}

type Named = Pick<App, 'id' | 'name'>;
type Action = DomainEvent['action'];

export function releaseEvent(action: Action, { id, name }: Named, release: Release): DomainEvent {
  const { version, description, status } = release;
  const data = { id: release.id, version, description, status };
  return { entity: 'api:release', action, atMs: release.updatedAtMs, app: { id, name }, data };
}

export function buildEvent(action: Action, { id, name }: Named, build: Build): DomainEvent {
  const { status, releaseId } = build;
  const data = { id: build.id, status, ...(releaseId === undefined ? {} : { release: { id: releaseId } }) };
  return { entity: 'api:build', action, atMs: build.updatedAtMs, app: { id, name }, data };
}

export function dynoEvent(
  action: Action,
  { id, name }: Named,
  dyno: Dyno,
  atMs: number,
  state: Dyno['state'] = dyno.state,
): DomainEvent {
  const { type, size, releaseId, releaseVersion } = dyno;
  const release = { id: releaseId, version: releaseVersion };
  return {
    entity: 'dyno',
    action,
    atMs,
    app: { id, name },
    data: { id: dyno.id, name: dyno.name, type, size, state, release },
  };
}
