import { z } from 'zod';
import { err, ok, type Result } from '../../core/result.ts';
import type { Remote } from '../../services/bridge/remote.ts';

const ANSWER_MS = 20_000;
const description = z.object({ services_url: z.url({ protocol: /^https?$/ }) });

/** Asks the platform where its services are, which also shows that the address and the token are right. */
export async function findRemote(api: URL, token: string): Promise<Result<Remote, string>> {
  let response: Response;
  try {
    response = await fetch(new URL('/dynoform', api), {
      headers: { authorization: `Bearer ${token}`, accept: 'application/vnd.heroku+json; version=3' },
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_MS),
    });
  } catch (error) {
    const { cause, message } = error as Error & { cause?: NodeJS.ErrnoException };
    return err(`${api.origin} cannot be reached (${cause?.code ?? cause?.message ?? message}): check the address.`);
  }
  if (response.status === 401 || response.status === 403) {
    return err(`${api.origin} does not accept this access token: check --token-file or DYNOFORM_TOKEN.`);
  }
  const body = description.safeParse(await response.json().catch(() => undefined));
  if (!response.ok || !body.success) {
    return err(`${api.origin} does not answer like Dynoform (status ${response.status}): check the address.`);
  }
  const services = new URL(body.data.services_url);
  if (api.protocol === 'https:' && services.protocol !== 'https:') {
    return err(
      `${api.origin} names ${services.origin} for git and logs, which is not encrypted: give the platform a domain.`,
    );
  }
  return ok({ api, services });
}
