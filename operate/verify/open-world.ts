import { DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { IAMClient } from '@aws-sdk/client-iam';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { PlatformClient } from '../../client/platform-client.ts';
import type { Account } from '../teardown/account.ts';
import type { Target } from '../teardown/choose-target.ts';
import { type StackName, stackNameOf } from '../teardown/found.ts';
import type { Say } from '../teardown/say.ts';
import { survey } from '../teardown/survey.ts';
import { waitFor } from '../teardown/wait-for.ts';
import { deployApp } from './deploy-app.ts';
import type { VerifyOptions } from './options.ts';
import type { World } from './world.ts';

/** Fargate starts a task and the load balancer finds it healthy, or a new name spreads through the DNS. */
const SERVICES_MINUTES = 15;

/** The deployed platform, with an app on it. */
export async function openWorld(account: Account, target: Target, options: VerifyOptions, say: Say): Promise<World> {
  const { region } = target;
  const output = (name: StackName, key: string) => readOutput(account, stackNameOf(target.stage, region, name), key);
  const apiUrl = await output('control', 'ApiUrl');
  const servicesUrl = await output('edge', 'ServicesUrl');
  const SecretId = await output('data', 'OwnerTokenSecret');
  const { SecretString: token = '' } = await account.secrets.send(new GetSecretValueCommand({ SecretId }));
  const api = new PlatformClient(apiUrl, token);
  await waitFor({
    what: 'API and services',
    boundMinutes: SERVICES_MINUTES,
    say,
    next: 'Check the services in ECS and their log group.',
    look: async () => {
      const silent = [];
      for (const url of [`${apiUrl}/schema`, `${servicesUrl}/health`]) if (!(await answers(url))) silent.push(url);
      return silent.length === 0 ? undefined : `no answer from ${silent.join(', ')}`;
    },
  });
  const app = await deployApp({ api, say, options }, await output('edge', 'LoadBalancerName'));
  const { stacks } = await survey(account, target);
  return { options, account, iam: new IAMClient({ region }), stacks, api, apiUrl, servicesUrl, token, app, say };
}

async function readOutput({ cloudFormation }: Account, StackName: string, key: string): Promise<string> {
  const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
  const value = Stacks?.[0]?.Outputs?.find(({ OutputKey }) => OutputKey === key)?.OutputValue;
  if (value === undefined) throw new Error(`${StackName} has no output ${key}`);
  return value;
}

/** Whether anything answers: 401 is also an answer of the API. */
async function answers(url: string): Promise<boolean> {
  try {
    const { status } = await fetch(url, { signal: AbortSignal.timeout(10_000) });
    return status < 500;
  } catch {
    return false;
  }
}
