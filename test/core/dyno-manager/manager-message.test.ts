import {
  isPass,
  managerMessage,
  passGroup,
  readManagerMessage,
  TRAFFIC_APPS_MAX,
} from '../../../core/dyno-manager/manager-message.ts';

const ID = '01234567-89ab-4cde-8f01-23456789abcd';
const OTHER = '89abcdef-0123-4567-89ab-cdef01234567';
const many = (count: number) => Array.from({ length: count }, () => ID);

test.each([
  { message: { kind: 'nudge', appId: ID } as const },
  { message: { kind: 'events', appId: ID } as const },
  { message: { kind: 'wake', appId: ID, atMs: 7 } as const },
  { message: { kind: 'requests', appIds: [ID, OTHER], atMs: 7 } as const },
  { message: { kind: 'requests', appIds: [], atMs: 0 } as const },
])('what is sent as $message is read as that', ({ message }) => {
  expect(readManagerMessage(managerMessage(message))).toEqual(message);
});

test('which messages request a pass, and which passes may not overlap', () => {
  const passes = [
    { kind: 'nudge', appId: ID },
    { kind: 'events', appId: ID },
    { kind: 'nudge', appId: OTHER },
  ] as const;
  expect(passes.map(isPass)).toEqual([true, true, true]);
  expect(new Set(passes.map(passGroup)).size).toBe(3);
  expect(isPass({ kind: 'wake', appId: ID, atMs: 7 })).toBe(false);
  expect(isPass({ kind: 'requests', appIds: [], atMs: 7 })).toBe(false);
});

test('a message carries so many apps and no more', () => {
  const read = (count: number) =>
    readManagerMessage(managerMessage({ kind: 'requests', appIds: many(count), atMs: 7 })) !== undefined;
  expect([read(TRAFFIC_APPS_MAX), read(TRAFFIC_APPS_MAX + 1)]).toEqual([true, false]);
});

test('what we do not send is left away', () => {
  const sent = { kind: 'nudge', appId: ID, atMs: 7, secret: 'x' };
  expect(readManagerMessage(JSON.stringify(sent))).toEqual({ kind: 'nudge', appId: ID });
});

test.each([
  { text: '' },
  { text: 'nudge' },
  { text: 'null' },
  { text: '7' },
  { text: '"nudge"' },
  { text: '[]' },
  { text: '{}' },
  ...[
    { appId: ID },
    { kind: 'nudge' },
    { kind: 'events' },
    { kind: 'events', appId: 'shop' },
    { kind: 'nudge', appId: 7 },
    { kind: 'nudge', appId: 'shop' },
    { kind: 'Nudge', appId: ID, atMs: 7 },
    { kind: 'wake', appId: ID },
    { kind: 'wake', appId: ID, atMs: '7' },
    { kind: 'wake', appId: 'shop', atMs: 7 },
    { kind: 'wake', atMs: 7 },
    { kind: 'requests', appIds: [ID] },
    { kind: 'requests', appIds: [ID], atMs: '7' },
    { kind: 'requests', appIds: ID, atMs: 7 },
    { kind: 'requests', appIds: [ID, 'shop'], atMs: 7 },
    { kind: 'requests', appIds: [ID, 7], atMs: 7 },
    { kind: 'requests', appId: ID, atMs: 7 },
    { kind: 'sleep', appId: ID, appIds: [ID], atMs: 7 },
  ].map((message) => ({ text: JSON.stringify(message) })),
])('$text is nothing of ours', ({ text }) => {
  expect(readManagerMessage(text)).toBeUndefined();
});
