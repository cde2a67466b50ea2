import { readConfig } from '../../../lib/config/config.ts';
import { chooseRegion, requireAccount } from '../../../operate/teardown/choose-target.ts';
import { isFamilyOf } from '../../../operate/teardown/found.ts';
import { readTeardownOptions } from '../../../operate/teardown/options.ts';
import { waitFor } from '../../../operate/teardown/wait-for.ts';

const config = readConfig({
  stages: [
    { name: 'shop', plainHttp: true, account: '123456789012' },
    { name: 'everywhere', plainHttp: true, regions: ['us-east-1', 'eu-central-1'] },
  ],
});

test.each<{ name: string; stage: string; region?: string; chosen: string }>([
  { name: 'the only region of a stage', stage: 'shop', chosen: 'us-east-1' },
  { name: 'one that is said', stage: 'everywhere', region: 'eu-central-1', chosen: 'eu-central-1' },
])('$name', ({ stage, region, chosen }) => {
  expect(chooseRegion(config, stage, region)).toBe(chosen);
});

test.each<{ name: string; stage: string; region?: string; message: string }>([
  { name: 'no such stage', stage: 'shp', message: 'stages: none is called "shp", only shop, everywhere' },
  {
    name: 'several regions',
    stage: 'everywhere',
    message: 'stages[1].regions: choose one of us-east-1, eu-central-1 with --region',
  },
  {
    name: 'a region that is not of the stage',
    stage: 'shop',
    region: 'eu-central-1',
    message: 'stages[0].regions: "eu-central-1" is none of us-east-1',
  },
])('refuses $name', ({ stage, region, message }) => {
  expect(() => chooseRegion(config, stage, region)).toThrow(message);
});

test('refuses another account than the stage names, and takes any where it names none', () => {
  const message = 'stages[0].account: it is 123456789012, but these credentials are for 210987654321';
  expect(() => requireAccount(config, 'shop', '210987654321')).toThrow(message);
  requireAccount(config, 'shop', '123456789012');
  requireAccount(config, 'everywhere', '210987654321');
});

test.each<{ name: string; args: readonly string[]; message: string }>([
  { name: 'no stage', args: [], message: 'Name one stage.' },
  { name: 'two stages', args: ['shop', 'other'], message: 'Name one stage.' },
  { name: 'an option that does not exist', args: ['shop', '--force'], message: "Unknown option '--force'" },
  { name: '--yes for another stage', args: ['shop', '--yes', 'other'], message: '--yes names "other"' },
])('refuses $name', ({ args, message }) => {
  expect(() => readTeardownOptions(args)).toThrow(message);
});

test('keeps data and asks unless told otherwise', () => {
  expect(readTeardownOptions(['shop'])).toEqual({ stage: 'shop', data: false, dryRun: false });
  expect(readTeardownOptions(['shop', '--data', '--dry-run', '--yes', 'shop', '--region', 'us-east-1'])).toEqual({
    stage: 'shop',
    region: 'us-east-1',
    data: true,
    dryRun: true,
    yes: 'shop',
  });
});

const APP = '0b1f3c52-7a52-4d0c-9a4e-3f5d8e2f7a10';
test.each<{ family: string; stage: string; its: boolean }>([
  { family: `dynoform-a-dyno-${APP}`, stage: 'a', its: true },
  // Begins like a family of the stage "a".
  { family: `dynoform-a-dyno-dyno-${APP}`, stage: 'a', its: false },
  { family: `dynoform-a-dyno-dyno-${APP}`, stage: 'a-dyno', its: true },
  { family: 'dynoform-a-dyno-something-else', stage: 'a', its: false },
])('$family of the stage $stage: $its', ({ family, stage, its }) => {
  expect(isFamilyOf(stage, family)).toBe(its);
});

test('a wait that is too long says what there is still, and what to do', async () => {
  const said: string[] = [];
  const looks = ['two of them', 'one of them', undefined];
  const wait = { what: 'dynos to stop', next: 'Look at the cluster.', say: (line: string) => said.push(line) };
  await waitFor({ ...wait, boundMinutes: 5, look: async () => looks.shift() });
  expect(said).toEqual([
    'waiting for dynos to stop: two of them (at most 5 minutes)',
    'waiting for dynos to stop: one of them (at most 5 minutes)',
  ]);
  await expect(waitFor({ ...wait, boundMinutes: 0, look: async () => 'one of them' })).rejects.toThrow(
    'waited 0 minutes for dynos to stop: there is still one of them. Look at the cluster.',
  );
});
