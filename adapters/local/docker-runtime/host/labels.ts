import type { TaskIdentity } from '../messages.ts';

/** The platform (data directory) to which a container belongs. */
export const PLATFORM_LABEL = 'dynoform.platform';
export const TASK_LABEL = 'dynoform.task';
/** On images made from a slug. */
export const SLUG_LABEL = 'dynoform.slug';

export interface Labelled {
  readonly taskRef: string;
  readonly task: TaskIdentity;
  /** Inside the container. */
  readonly port: number;
  readonly attached: boolean;
}

/** All that another process needs to adopt the container. No config var: everybody with access to Docker can read labels. */
export function toLabels(platformId: string, { taskRef, task, port, attached }: Labelled): Record<string, string> {
  return {
    [PLATFORM_LABEL]: platformId,
    [TASK_LABEL]: taskRef,
    'dynoform.app': task.appId,
    'dynoform.dyno': task.dynoId,
    'dynoform.attempt': String(task.attempt),
    'dynoform.name': task.name,
    'dynoform.type': task.type,
    'dynoform.port': String(port),
    'dynoform.logged': String(task.logged),
    'dynoform.attached': String(attached),
    ...(task.outputStreamId === undefined ? {} : { 'dynoform.output': task.outputStreamId }),
  };
}

/** Undefined for labels that this version did not write. */
export function fromLabels(labels: Readonly<Record<string, string>>): Labelled | undefined {
  const taskRef = labels[TASK_LABEL];
  const appId = labels['dynoform.app'];
  const dynoId = labels['dynoform.dyno'];
  const name = labels['dynoform.name'];
  const type = labels['dynoform.type'];
  const attempt = Number(labels['dynoform.attempt']);
  const port = Number(labels['dynoform.port']);
  if (!taskRef || !appId || !dynoId || !name || !type || !(attempt >= 1) || !(port >= 1)) return undefined;
  const outputStreamId = labels['dynoform.output'];
  return {
    taskRef,
    task: {
      appId,
      dynoId,
      attempt,
      name,
      type,
      logged: labels['dynoform.logged'] === 'true',
      ...(outputStreamId === undefined ? {} : { outputStreamId }),
    },
    port,
    attached: labels['dynoform.attached'] === 'true',
  };
}
