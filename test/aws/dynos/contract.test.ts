import { randomUUID } from 'node:crypto';
import { imageBlobKey } from '../../../adapters/aws/ecs-runtime/slug-image.ts';
import { STOP_TIMEOUT_SECONDS } from '../../../adapters/aws/ecs-runtime/task-definition.ts';
import { dynoRuntimeContract, type Limits } from '../../contract/dyno-runtime.contract.ts';
import { Account } from './account.ts';
import { buildSlugImage } from './slug-image.ts';
import { openWorkbench } from './workbench.ts';

let account: Account;
let digest: string;

beforeAll(async () => {
  account = await Account.open();
  digest = account.push(buildSlugImage());
}, 180_000);
afterAll(() => account.close());

const LIMITS: Limits = {
  oneGrace: {
    seconds: STOP_TIMEOUT_SECONDS,
    because: 'ECS takes it from the task definition, and StopTask has no other',
  },
  looseLog: { because: 'Docker drops what its fluentd driver has not sent when a container ends' },
};

dynoRuntimeContract(
  'the ECS runtime',
  async () => {
    const { runtime, lines, close } = await openWorkbench(account);
    const blobKey = imageBlobKey({ architecture: 'amd64', kind: 'buildpacks' }, randomUUID());
    const slug = { id: 'slug', blobKey, checksum: digest.replace('sha256', 'SHA256') };
    return { runtime, slug, lines, close };
  },
  LIMITS,
);
