import { mkdir, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join, resolve } from 'node:path';
import { PlatformClient } from '../../client/platform-client.ts';
import { PlatformRefusal } from '../../client/send.ts';
import type { App } from '../../client/shapes.ts';
import type { Problems } from '../../core/ports/problems.ts';
import { basicPassword } from './credentials.ts';
import { type GitRequest, parseGitRequest } from './git-request.ts';
import { runHttpBackend } from './http-backend.ts';
import { answerHook } from './pre-receive.ts';
import { refusalByGit } from './ref-verdict.ts';
import { openRepositories, type Repositories } from './repositories.ts';
import { createSharedRepositories, type RepositoryArchive, type SharedPush } from './shared-repositories.ts';
import { tidyRepository } from './tidy-repository.ts';
import { createTurns } from './turns.ts';

export interface GitHandlerSettings {
  /** Holds the repositories. Used by one process at a time. */
  readonly directory: string;
  /** The platform's public API, without trailing slash: this service's only way into the platform. */
  readonly apiUrl: string;
  /** Stores repositories beyond this service's disk and shares them with other git services; absent: the disk is all. */
  readonly archive?: RepositoryArchive;
  readonly problems: Problems;
}

export type GitHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Serves `/<app>.git/…`: clone, fetch and push over HTTP; a push to `main` or `master` builds and releases. */
export function createGitHandler({ directory, apiUrl, archive, problems }: GitHandlerSettings): GitHandler {
  const root = resolve(directory);
  const temporaryDirectory = join(root, 'uploads');
  const turns = createTurns();
  const shared = archive === undefined ? undefined : createSharedRepositories(archive, temporaryDirectory);
  let opened: Promise<Repositories> | undefined;

  async function open(): Promise<Repositories> {
    await rm(temporaryDirectory, { recursive: true, force: true });
    await mkdir(temporaryDirectory, { recursive: true, mode: 0o700 });
    return openRepositories(root);
  }

  async function serve(request: IncomingMessage, response: ServerResponse, git: GitRequest, token: string) {
    const client = new PlatformClient(apiUrl, token);
    const app = await admit(client, git);
    opened ??= open();
    const repositories = await opened.catch((error) => {
      opened = undefined;
      throw error;
    });
    const repository = await repositories.open(app.id);
    await shared?.refresh(app.id, repository);
    const turn = turns.join(app.id);
    let push: SharedPush | undefined;
    const takeTurn = async (onWait: () => Promise<void>): Promise<SharedPush | undefined> => {
      await turn.take(onWait);
      push = await shared?.begin(app.id, repository);
      return push;
    };
    try {
      await runHttpBackend({
        request,
        response,
        git,
        repository,
        hooksDirectory: repositories.hooksDirectory,
        onHook: (conversation, verdict) =>
          answerHook(
            {
              client,
              appName: app.name,
              repository,
              temporaryDirectory,
              takeTurn,
              refusalByGit,
              isShared: shared !== undefined,
              problems,
            },
            conversation,
            verdict,
          ).catch((error: unknown) => problems.report('could not answer a push', error)),
      });
      if (git.service === 'git-receive-pack' && git.kind === 'call') await tidyRepository(repository);
    } finally {
      await push?.end().catch((error: unknown) => problems.report('could not record the end of a push', error));
      turn.leave();
    }
  }

  return async (request, response) => {
    try {
      const git = parseGitRequest(request.method ?? '', request.url ?? '');
      if (git === undefined) return refuse(response, 404, ['Not a git repository of this platform.']);
      const token = basicPassword(request.headers.authorization);
      if (token === undefined) return refuse(response, 401, LOG_IN);
      await serve(request, response, git, token);
    } catch (error) {
      if (response.headersSent) {
        problems.report('a git request failed after its answer had begun', error);
        response.destroy();
      } else if (error instanceof PlatformRefusal) {
        explain(response, error, parseGitRequest(request.method ?? '', request.url ?? '')?.appName ?? '');
      } else {
        problems.report('a git request failed', error);
        refuse(response, 503, ['The platform had a problem. Try again.']);
      }
    }
  };
}

/**
 * Asks the API whether this caller may do what git is about to do: git itself asks nobody. A push needs the right to change the
 * app, also one that only moves a tag. Asking for a place for a source shows that right and changes nothing.
 */
async function admit(client: PlatformClient, git: GitRequest): Promise<App> {
  const app = await client.app(git.appName);
  if (git.service === 'git-receive-pack') await client.createSource(app.name);
  return app;
}

const LOG_IN = [
  'WARNING:',
  'Do not authenticate with username and password using git.',
  'Run `heroku login` to update your credentials, then retry the git command.',
];

function explain(response: ServerResponse, refusal: PlatformRefusal, appName: string): void {
  if (refusal.status === 401) refuse(response, 401, LOG_IN);
  else if (refusal.status === 404) refuse(response, 404, [`No such app as ${appName}.`]);
  else refuse(response, refusal.status >= 500 ? 503 : refusal.status, [refusal.explanation]);
}

/** Git shows a text/plain body to its user, with `remote: ` before each line. */
function refuse(response: ServerResponse, status: number, lines: readonly string[]): void {
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Cache-Control': 'no-cache',
    // The body of a refused push is not read to its end.
    Connection: 'close',
    ...(status === 401 ? { 'WWW-Authenticate': 'Basic realm="Dynoform Git"' } : {}),
  });
  response.end(lines.map((line) => `!\t${line}\n`).join(''));
}
