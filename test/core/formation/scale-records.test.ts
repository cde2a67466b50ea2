import { usableSize } from '../../../core/dyno/dyno-size.ts';
import { formationAfterRelease, newTypeSize } from '../../../core/formation/after-release.ts';
import { mixedTiers, validateFormation } from '../../../core/formation/formation-limits.ts';
import {
  findFormationEntry,
  planScale,
  scaleFormation,
  unknownProcessType,
} from '../../../core/formation/scale-formation.ts';
import { scaledLine } from '../../../core/formation/scaled-line.ts';
import type { Actor } from '../../../core/records/account.ts';
import type { App } from '../../../core/records/app.ts';
import type { FormationEntry } from '../../../core/records/formation.ts';
import { openApiFixture, START_MS } from '../../api/api-fixture.ts';
import { deploy, logOf } from '../../api/deploy.ts';
import { stored } from '../../stored.ts';

const entry = (type: string, quantity: number, size = 'Standard-1X'): FormationEntry => ({
  id: `id-${type}`,
  type,
  quantity,
  size,
  command: type,
  createdAtMs: 1,
  updatedAtMs: 1,
});
const web = entry('web', 1);
const worker = entry('worker', 2);
const release = entry('release', 0);
const formation = [web, worker, release];
const refusal = (message: string) => ({ ok: false, error: { id: 'invalid_params', message } });
const NUMBER = 'quantity of web must be a whole number, or one with a sign such as "+1" or "-1".';

test.each([
  { quantity: 0, after: 0 },
  { quantity: '0', after: 0 },
  { quantity: ' 7 ', after: 7 },
  { quantity: '+0', after: 1 },
  { quantity: '-1', after: 0 },
  { quantity: '007', after: 7 },
  { quantity: '000098', after: 98 },
])('one web dyno scaled to $quantity is $after', ({ quantity, after }) => {
  const plan = planScale(formation, [{ type: 'web', quantity }], 9);
  const scaled = after === 1 ? web : { ...web, quantity: after, updatedAtMs: 9 };
  expect(plan).toEqual({
    ok: true,
    value: { formation: [scaled, worker, release], named: [scaled], changed: after !== 1 },
  });
});

test.each([
  { quantity: '', message: NUMBER },
  { quantity: '1.5', message: NUMBER },
  { quantity: '1000000', message: NUMBER },
  { quantity: '++1', message: NUMBER },
  { quantity: '*2', message: NUMBER },
  { quantity: 'x1', message: NUMBER },
  { quantity: '1x', message: NUMBER },
  { quantity: Number.NaN, message: NUMBER },
  { quantity: 1e21, message: NUMBER },
  { quantity: -1, message: 'quantity of web must not be less than 0.' },
  { quantity: '-2', message: 'quantity of web must not be less than 0.' },
])('one web dyno is not scaled to $quantity', ({ quantity, message }) => {
  expect(planScale(formation, [{ type: 'web', quantity }], 9)).toEqual(refusal(message));
});

test('a release process stays at none, and may be said so', () => {
  const plan = planScale(formation, [{ type: 'release', quantity: 0 }], 9);
  expect(plan).toEqual({ ok: true, value: { formation, named: [release], changed: false } });
  expect(planScale([{ ...release, quantity: 2 }], [{ type: 'release', quantity: '-1' }], 9)).toEqual(
    refusal('The release process type cannot be scaled: it runs once for each release.'),
  );
});

test('what breaks a limit already is let be by a change that changes nothing', () => {
  const over = [entry('web', 5, 'Eco')];
  expect(planScale(over, [{ type: 'web', quantity: 5 }], 9)).toMatchObject({ ok: true, value: { changed: false } });
  expect(planScale(over, [{ type: 'web', quantity: 4 }], 9).ok).toBe(false);
});

test('a size changes without the quantity, and the time of the change is kept', () => {
  const resized = { ...worker, size: 'Performance-M', updatedAtMs: 9 };
  expect(planScale(formation, [{ type: 'worker', size: 'PERFORMANCE-m' }], 9)).toEqual({
    ok: true,
    value: { formation: [web, resized, release], named: [resized], changed: true },
  });
  expect(planScale(formation, [{ type: 'worker', size: 'standard-1x' }], 9)).toMatchObject({
    value: { changed: false },
  });
});

test('a process type is found by its name or its id; of an unknown one only the beginning is repeated', () => {
  expect(findFormationEntry(formation, 'worker')).toBe(worker);
  expect(findFormationEntry(formation, 'id-worker')).toBe(worker);
  expect(findFormationEntry(formation, 'clock')).toBeUndefined();
  expect(unknownProcessType('x'.repeat(129))).toEqual({
    id: 'not_found',
    message: `Couldn't find that process type (${'x'.repeat(128)}).`,
    resource: 'formation',
  });
});

test.each([
  { name: 'Standard-1X', found: { ok: true, value: expect.objectContaining({ name: 'Standard-1X' }) } },
  { name: 'private-s', found: refusal('Private-S dynos are available in Private Spaces only.') },
  { name: 'x'.repeat(61), found: refusal(`size "${'x'.repeat(60)}" is not a dyno size.`) },
])('size $name', ({ name, found }) => {
  expect(usableSize(name)).toEqual(found);
});

test.each([
  { sizes: [], message: undefined },
  { sizes: ['Eco', 'Eco'], message: undefined },
  { sizes: ['Standard-1X', 'Performance-M'], message: undefined },
  { sizes: ['no such size', 'Eco'], message: undefined },
  { sizes: ['Standard-1X', 'Eco'], message: 'Cannot mix Eco and Standard-1X' },
  { sizes: ['Eco', 'Basic'], message: 'Cannot mix Eco and Basic' },
  { sizes: ['Basic', 'Eco'], message: 'Cannot mix Basic and Eco' },
])('$sizes beside each other', ({ sizes, message }) => {
  const rest = 'dynos in one app. Change the size of every process type at once.';
  expect(mixedTiers(sizes)).toEqual(message && { id: 'invalid_params', message: `${message} ${rest}` });
});

test('of a size that nobody knows any more there may be as many as there are', () => {
  expect(validateFormation([entry('web', 50, 'gone')])).toBeUndefined();
});

test.each([
  { sizes: [], size: 'Standard-1X' },
  { sizes: ['Standard-2X', 'Performance-L'], size: 'Standard-1X' },
  { sizes: ['Standard-2X', 'Eco'], size: 'Eco' },
  { sizes: ['Basic'], size: 'Basic' },
])('a new process type beside $sizes is $size', ({ sizes, size }) => {
  expect(newTypeSize(sizes.map((each, index) => entry(`t${index}`, 1, each)))).toBe(size);
});

test('what a release changes in the formation says when, and what is new has an id', () => {
  expect(formationAfterRelease([web, worker], { web: 'serve', clock: 'tick' }, 9, () => 'new')).toEqual([
    { ...web, command: 'serve', updatedAtMs: 9 },
    {
      id: 'new',
      type: 'clock',
      quantity: 0,
      size: 'Standard-1X',
      command: 'tick',
      createdAtMs: 9,
      updatedAtMs: 9,
    },
  ]);
});

test('the line that tells of a scale', () => {
  expect(scaledLine([entry('web', 10), worker], 'me@example.com')).toBe(
    'Scaled to web@10:Standard-1X worker@2:Standard-1X by user me@example.com',
  );
});

test('an app is scaled with a line in its log, and one that stays as it is without', async () => {
  const fixture = await openApiFixture();
  const me = await fixture.principal('me@example.com');
  const { body } = await fixture.request('POST', '/apps', { token: me.token, body: { name: 'shop' } });
  await deploy(fixture, me, 'shop', { processTypes: { web: 'serve' } });
  fixture.logLines.length = 0;
  fixture.clock.advance(5);
  const actor: Actor = me.actor;
  const scale = (quantity: number) => scaleFormation(fixture.platform, actor, body.id, [{ type: 'web', quantity }]);
  const scaled = await scale(3);
  const after = await stored<App>(fixture.platform.store, { partition: `app#${body.id}`, sort: 'app' });
  expect(scaled).toEqual({
    ok: true,
    value: { formation: after?.value.formation, named: after?.value.formation, changed: true },
  });
  expect(after?.value.formation).toMatchObject([{ quantity: 3, updatedAtMs: START_MS + 5 }]);
  expect(await scale(3)).toMatchObject({ ok: true, value: { changed: false } });
  expect(await scale(101)).toEqual(refusal('Cannot update to more than 100 dynos per app.'));
  expect(logOf(fixture)).toEqual(['app[api]: Scaled to web@3:Standard-1X by user me@example.com']);
  fixture.close();
});
