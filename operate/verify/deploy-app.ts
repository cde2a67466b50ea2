import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { buildDirectory } from '../../client/build-directory.ts';
import type { PlatformClient } from '../../client/platform-client.ts';
import { waitFor } from '../teardown/wait-for.ts';
import type { DeployedApp } from './deployed-app.ts';
import { eventually, type World } from './world.ts';

export const APP = 'verify';
const EXAMPLE = path.resolve(import.meta.dirname, '../../examples/node-web');
/** The first dyno waits for the first machine: EC2, ECS's agent, the image. */
const SERVING_MINUTES = 20;

/** Deploys examples/node-web through the HTTP API, until it answers through the load balancer. */
export async function deployApp(
  world: Pick<World, 'api' | 'say' | 'options'>,
  balancerName: string,
): Promise<DeployedApp> {
  const { api, say } = world;
  const app = await api.createApp(APP);
  const buildOutput = await build(api, say);
  const url = new URL(app.web_url);
  const answer = await eventually(world, `${url.host} to answer`, SERVING_MINUTES, () => visit(url, balancerName));
  return { id: app.id, buildOutput, answer };
}

async function build(api: PlatformClient, say: World['say']): Promise<string> {
  const started = await buildDirectory(api, APP, EXAMPLE);
  const output = fetch(started.output_stream_url).then((response) => response.text());
  let { status } = started;
  await waitFor({
    what: 'the build',
    boundMinutes: 40,
    say,
    next: 'Its log is in the log group of codebuild.',
    look: async () => {
      ({ status } = await api.build(APP, started.id));
      return status === 'pending' ? 'pending' : undefined;
    },
  });
  if (status !== 'succeeded') throw new Error(`examples/node-web did not build:\n${await output}`);
  return output;
}

/** Without a domain no name server knows the app's name: the request goes to the load balancer and names the host. */
function visit(url: URL, balancerName: string): Promise<string | undefined> {
  const encrypted = url.protocol === 'https:';
  const request = encrypted ? httpsRequest : httpRequest;
  const address = encrypted ? url.hostname : balancerName;
  return new Promise((resolve) => {
    const asked = request({ host: address, path: '/', headers: { host: url.host }, agent: false }, async (answer) => {
      const body = await text(answer).catch(() => '');
      resolve(answer.statusCode === 200 ? body : undefined);
    });
    asked.on('error', () => resolve(undefined));
    asked.end();
  });
}
