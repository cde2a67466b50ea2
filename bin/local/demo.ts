import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildDirectory } from '../../client/build-directory.ts';
import { PlatformClient } from '../../client/platform-client.ts';
import { err, ok, type Result } from '../../core/result.ts';

const APP = 'hello';

/** Deploys the example like any client, through the HTTP API. Returns its address once it answers. */
export async function deployDemo(
  apiUrl: string,
  apiKey: string,
  exampleDirectory: string,
): Promise<Result<string, string>> {
  const client = new PlatformClient(apiUrl, apiKey);
  const app = await client.createApp(APP);
  const started = await buildDirectory(client, APP, exampleDirectory, 'The example of the first start');

  let build = started;
  while (build.status === 'pending') {
    await sleep(50);
    build = await client.build(APP, started.id);
  }
  if (build.status !== 'succeeded') {
    const output = await (await fetch(started.output_stream_url)).text();
    return err(`The example did not build:\n${output}`);
  }
  return (await answers(app.web_url))
    ? ok(app.web_url)
    : err(`${app.web_url} does not answer: see heroku logs -a ${APP}.`);
}

/** The release phase and the boot follow the build; the example needs about a second for both. */
async function answers(url: string): Promise<boolean> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    if ((await status(new URL(url))) === 200) return true;
    await sleep(50);
  }
  return false;
}

/** Sends the request to the address and names the host: not every resolver knows that *.localhost is this machine. */
function status(url: URL): Promise<number | undefined> {
  return new Promise((resolve) => {
    get({ host: '127.0.0.1', port: url.port, path: '/', headers: { host: url.host }, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', () => resolve(undefined));
  });
}
