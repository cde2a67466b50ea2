import { readConfig } from '../../lib/config/config.ts';
import { CHECKS } from '../../operate/verify/checks.ts';
import { readVerifyOptions } from '../../operate/verify/options.ts';
import { dollarsAnHour, requireFreeStage } from '../../operate/verify/prepare.ts';
import { stageFields } from '../../operate/verify/stage.ts';

const NAMES = CHECKS.map(({ name }) => name);
const options = (...args: string[]) => readVerifyOptions(args, NAMES);

test('checks have names of their own, and the one that takes the dynos away is the last', () => {
  expect(new Set(NAMES).size).toBe(NAMES.length);
  expect(NAMES.at(-1)).toBe('machines');
});

test.each<{ name: string; args: string[]; message: string }>([
  { name: 'a check that is not there', args: ['--only', 'tags,all'], message: '--only: no check is called "all"' },
  {
    name: 'an architecture that is none',
    args: ['--architecture', 'arm'],
    message: '--architecture: "arm" is neither',
  },
  { name: 'a zone without its name', args: ['--hosted-zone', 'Z1'], message: '--hosted-zone needs --domain' },
  { name: 'an option that is not there', args: ['--force'], message: "Unknown option '--force'" },
])('refuses $name', ({ args, message }) => {
  expect(() => options(...args)).toThrow(message);
});

test('runs all checks, or only those that are named', () => {
  expect(options().only).toEqual(NAMES);
  expect(options('--only', 'tags,images').only).toEqual(['tags', 'images']);
});

test.each<{ name: string; args: string[]; fields: object }>([
  { name: 'without a domain', args: [], fields: { plainHttp: true, capacity: { amd64: false } } },
  {
    name: 'with a domain, on x86',
    args: ['--domain', 'dynos.example.com', '--hosted-zone', 'Z0123456789', '--architecture', 'amd64'],
    fields: { domain: { name: 'dynos.example.com', hostedZoneId: 'Z0123456789' }, capacity: { arm64: false } },
  },
])('deploys a stage of which nothing is kept, $name', ({ args, fields }) => {
  const said = stageFields(options(...args), '123456789012');
  expect(said).toMatchObject({ name: 'verify', account: '123456789012', keepData: false, ...fields });
  const [stage] = readConfig({ stages: [said] }).stages;
  expect(stage === undefined ? 0 : dollarsAnHour(stage)).toBeGreaterThan(0.5);
});

test('refuses a stage that is there already, and says what to run if it is left over', () => {
  const nothing = { stacks: [], certificates: [], families: [], strayLogGroups: [], ownLogGroups: [] };
  requireFreeStage(nothing);
  const stack = { name: 'data', stackName: 'dynoform-verify-us-east-1-data', stackId: 'arn', resources: [] } as const;
  expect(() => requireFreeStage({ ...nothing, stacks: [stack] })).toThrow(
    /^stages: .*dynoform-verify-us-east-1-data.*npm run verify:aws -- --clean-up$/,
  );
});
