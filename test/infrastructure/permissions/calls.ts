import { encryptionContext } from '../../../lambdas/encryption-context.ts';
import type { Asked } from './decide.ts';
import type { Landmarks } from './landmarks.ts';
import { REGION } from './stacks.ts';

type Where = string | ((at: Landmarks) => string);
type Context = (at: Landmarks) => Readonly<Record<string, string>>;

/** A call in a table: complete once there is a stage. */
export type TableCall = (at: Landmarks) => Asked;

export const call =
  (action: string, where: Where = '*', context?: Context): TableCall =>
  (at) => ({
    action,
    resource: typeof where === 'string' ? where : where(at),
    ...(context === undefined ? {} : { context: context(at) }),
  });

export const calls = (actions: readonly string[], where?: Where, context?: Context): TableCall[] =>
  actions.map((action) => call(action, where, context));

export const onCluster: Context = ({ cluster }) => ({ 'ecs:cluster': cluster });
export const via =
  (service: 's3' | 'secretsmanager'): Context =>
  () => ({ 'kms:ViaService': `${service}.${REGION}.amazonaws.com` });
export const ofConfig: Context = ({ stage }) =>
  Object.fromEntries(
    Object.entries(encryptionContext(stage)).map(([key, value]) => [`kms:EncryptionContext:${key}`, value]),
  );
export const passedTo =
  (service: string): Context =>
  () => ({ 'iam:PassedToService': service });
export const blob =
  (key: string): Where =>
  ({ blobs }) =>
    `${blobs}/${key}`;
export const configObject: Where = ({ config }) => `${config}/config/app/1-0.env`;
