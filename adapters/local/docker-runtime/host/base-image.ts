import type Docker from 'dockerode';
import { messageOf, statusOf } from './engine.ts';
import { Refused } from './refused.ts';

/** Returns the id of the image from which every container is made. Fetches it once if this machine does not have it. */
export async function baseImage(
  engine: Docker,
  name: string,
  fetching: { readonly begins: () => void; readonly abort: AbortSignal },
): Promise<string> {
  const here = await idOf(engine, name);
  if (here !== undefined) return here;
  fetching.begins();
  const problem = await fetchImage(engine, name, fetching.abort).catch(messageOf);
  const fetched = problem === undefined ? await idOf(engine, name) : undefined;
  if (fetched !== undefined) return fetched;
  // For a registry with a login: only the docker command knows that login.
  throw new Refused(
    `--docker-image ${name} is not on this machine, and Docker cannot fetch it (${problem ?? 'it is still missing afterwards'}). Get it with "docker pull" or "docker load", or choose one that "docker images" lists.`,
  );
}

async function idOf(engine: Docker, name: string): Promise<string | undefined> {
  try {
    return (await engine.getImage(name).inspect()).Id;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** Returns Docker's message if it failed. */
async function fetchImage(engine: Docker, name: string, abortSignal: AbortSignal): Promise<string | undefined> {
  const progress = await engine.pull(name, { abortSignal });
  return new Promise((resolve, reject) => {
    // A failure after the first byte of the answer is one of its lines.
    let problem: string | undefined;
    engine.modem.followProgress(
      progress,
      (error) => (error === null ? resolve(problem) : reject(error)),
      (line: { readonly error?: string }) => {
        problem = line.error ?? problem;
      },
    );
  });
}
