import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { bundleHost, forkHost } from '../dynos/child-host.ts';
import type { Host } from '../dynos/hosts.ts';
import type { ContainerOrder, DockerHostSettings, FromDockerHost, ToDockerHost } from './messages.ts';

const HOST_SOURCE = fileURLToPath(new URL('./host/main.ts', import.meta.url));
/** The variables of the docker command, and those that show where its files are. */
const PASSED_ON = /^(PATH|HOME|SSH_AUTH_SOCK|DOCKER_(HOST|TLS_VERIFY|CERT_PATH))$/;

/** Docker or the image is missing; the message says what to do. */
export class DockerRefused extends Error {}

export type ContainerNews = Exclude<FromDockerHost, { kind: 'ready' | 'refused' }>;

export const bundleContainerHost = (dataDirectory: string): Promise<string> =>
  bundleHost(HOST_SOURCE, dataDirectory, 'container-host.mjs');

/** Resolves when containers of an earlier run were reported and dynos may start. @throws {DockerRefused} */
export function startContainerHost(
  bundle: string,
  settings: Omit<DockerHostSettings, 'dockerModule'>,
  onNews: (news: ContainerNews) => void,
): Promise<Host<ContainerOrder>> {
  return new Promise((resolve, reject) => {
    const child = forkHost<ToDockerHost, FromDockerHost>(
      bundle,
      Object.fromEntries(Object.entries(process.env).filter(([name]) => PASSED_ON.test(name))),
      {
        kind: 'settings',
        settings: { ...settings, dockerModule: createRequire(import.meta.url).resolve('dockerode') },
      },
      (message, host) => {
        if (message.kind === 'ready') {
          const limits = [message.limits, ...message.warnings].join(' ');
          return resolve({ ...host, socketPath: message.socketPath, limits });
        }
        if (message.kind === 'refused') {
          host.kill();
          return reject(new DockerRefused(message.reason));
        }
        onNews(message);
        if (message.kind === 'output') host.send({ kind: 'taken' });
      },
    );
    void child.exited.then(() => reject(new Error('the container host ended')));
  });
}
