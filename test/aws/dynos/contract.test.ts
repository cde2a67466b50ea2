import { STOP_TIMEOUT_SECONDS } from '../../../adapters/aws/ecs-runtime/task-definition.ts';
import type { DynoSpec } from '../../../core/ports/dyno-runtime.ts';
import { dynoRuntimeContract, type Limits } from '../../contract/dyno-runtime.contract.ts';
import { Account } from './account.ts';
import { pushSlug } from './slug-image.ts';
import { openWorkbench } from './workbench.ts';

let account: Account;
let slug: DynoSpec['slug'];

beforeAll(async () => {
  account = await Account.open();
  slug = pushSlug(account);
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
    return { runtime, slug, lines, close };
  },
  LIMITS,
);
