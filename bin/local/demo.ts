import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { err, ok, type Result } from '../../core/result.ts';
import { type ExampleBuild, startExampleBuild } from '../example-build.ts';
import { apiOf } from '../platform-api.ts';

const APP = 'hello';

/** Deploys the example as any client would, through the HTTP API. The value is its address once it answers. */
export async function deployDemo(
  apiUrl: string,
  apiKey: string,
  exampleDirectory: string,
): Promise<Result<string, string>> {
  const call = apiOf(apiUrl, apiKey);
  const app = await call<{ web_url: string }>('POST', '/apps', { name: APP });
  const started = await startExampleBuild(call, APP, exampleDirectory, 'The example of the first start');

  let build = started;
  while (build.status === 'pending') {
    await sleep(50);
    build = await call<ExampleBuild>('GET', `/apps/${APP}/builds/${started.id}`);
  }
  if (build.status !== 'succeeded') {
    const output = await (await fetch(started.output_stream_url)).text();
    return err(`The example did not build:\n${output}`);
  }
  return (await answers(app.web_url))
    ? ok(app.web_url)
    : err(`${app.web_url} does not answer: see heroku logs -a ${APP}.`);
}

/** The release phase and the boot come after the build; the example needs about a second for both. */
async function answers(url: string): Promise<boolean> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    if ((await status(new URL(url))) === 200) return true;
    await sleep(50);
  }
  return false;
}

/** Asks by address and names the host: not every resolver knows that *.localhost is this machine. */
function status(url: URL): Promise<number | undefined> {
  return new Promise((resolve) => {
    get({ host: '127.0.0.1', port: url.port, path: '/', headers: { host: url.host }, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', () => resolve(undefined));
  });
}
