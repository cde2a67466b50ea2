import { z } from 'zod';
import { PlatformClient } from '../../client/platform-client.ts';
import { PlatformRefusal } from '../../client/send.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { Remote } from '../../services/bridge/remote.ts';

const ANSWER_MS = 20_000;
const description = z.object({ services_url: z.url({ protocol: /^https?$/ }) });

/** Asks the platform for the addresses of its services, which also shows that the address and the token are right. */
export async function findRemote(api: URL, token: string): Promise<Result<Remote, string>> {
  let answer: unknown;
  try {
    answer = await new PlatformClient(api.origin, token, ANSWER_MS).call('GET', '/dynoform');
  } catch (error) {
    if (error instanceof PlatformRefusal) {
      if (error.status === 401 || error.status === 403) {
        return err(`${api.origin} does not accept this access token: check --token-file or DYNOFORM_TOKEN.`);
      }
      return unlike(api, error.status);
    }
    // A success without valid JSON.
    if (error instanceof SyntaxError) return unlike(api, 200);
    const { code, message } = error as NodeJS.ErrnoException;
    return err(`${api.origin} cannot be reached (${code ?? message}): check the address.`);
  }
  const body = description.safeParse(answer);
  if (!body.success) return unlike(api, 200);
  const services = new URL(body.data.services_url);
  if (api.protocol === 'https:' && services.protocol !== 'https:') {
    return err(
      `${api.origin} names ${services.origin} for git and logs, which is not encrypted: give the platform a domain.`,
    );
  }
  return ok({ api, services });
}

const unlike = (api: URL, status: number): Result<Remote, string> =>
  err(`${api.origin} does not answer like Dynoform (status ${status}): check the address.`);
