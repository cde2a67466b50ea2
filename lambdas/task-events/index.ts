import { recordTaskEvent } from '../../adapters/aws/ecs-runtime/task-event.ts';
import { openFunction } from '../open-function.ts';
import { awsUrls } from '../urls.ts';
import { createHandler } from './handler.ts';

const { environment, log, background, platform } = await openFunction('task-events');
const { store, passRequests, clock } = platform({ urls: awsUrls(environment) });

export const handler = createHandler({
  record: (detail) =>
    recordTaskEvent({ store, passRequests, clock, cluster: environment.cluster, problems: log }, detail),
  flush: () => background.flush(),
});
