import type { IncomingMessage, ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { createApi } from '../../api/kernel/create-api.ts';
import { routes } from '../../api/routes.ts';
import type { Platform } from '../../core/platform.ts';
import type { Problems } from '../../core/ports/problems.ts';
import { blobsHandler } from '../../services/blobs/http.ts';
import type { GitHandler } from '../../services/git/git-handler.ts';
import { createLogHttp, LOGS_PATH } from '../../services/logs/http.ts';
import type { LogRouter } from '../../services/logs/log-router.ts';
import { outputsHandler } from '../../services/outputs/http.ts';

/** The size limit of a source or slug upload: Heroku's limit of an uncompressed checkout. */
const UPLOAD_BYTES_MAX = 1024 ** 3;

export interface FrontParts {
  readonly platform: Platform;
  readonly logs: LogRouter;
  readonly git: GitHandler;
  readonly problems: Problems;
}

/** The HTTP side of the API port: each service has its own paths, the API all others. */
export function createFront({ platform, logs, git, problems }: FrontParts) {
  const api = createApi({ platform, routes });
  const answerApi = getRequestListener(api.fetch);
  const answerLogs = createLogHttp({ router: logs, signer: platform.signer, clock: platform.clock });
  const answerOutputs = outputsHandler(platform);
  const answerBlobs = blobsHandler({ ...platform, maxBytes: UPLOAD_BYTES_MAX });

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url ?? '';
    if (/^\/[^/?]+\.git\//.test(path)) await git(request, response);
    else if (path.startsWith(LOGS_PATH)) answerLogs(request, response);
    else if (path.startsWith('/streams/')) await answerOutputs(request, response);
    else if (path.startsWith('/blobs/')) await answerBlobs(request, response);
    else await answerApi(request, response);
  };

  return (request: IncomingMessage, response: ServerResponse): void => {
    answer(request, response).catch((error: unknown) => {
      // A client that left is no error.
      if (!response.destroyed) problems.report('a request failed', error);
      response.destroy();
    });
  };
}
