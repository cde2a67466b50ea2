import type { SQSEvent } from 'aws-lambda';
import { managerMessage } from '../../core/dyno-manager/manager-message.ts';
import { createHandler } from '../../lambdas/reconcile/handler.ts';
import { problemsTo } from '../problems.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const [A, B] = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'] as const;
const nudge = (appId: string) => managerMessage({ kind: 'nudge', appId });
const events = (appId: string) => managerMessage({ kind: 'events', appId });
const wake = (appId: string, atMs = NOW) => managerMessage({ kind: 'wake', appId, atMs });

interface Sent {
  readonly id: string;
  readonly body: string;
  /** Absent: from the delay queue. */
  readonly group?: string;
}

const event = (messages: readonly Sent[]): SQSEvent => ({
  Records: messages.map(({ id, body, group }) => ({
    messageId: id,
    body,
    attributes: { ...(group === undefined ? {} : { MessageGroupId: group }) },
  })) as never,
});

function setUp(broken: readonly string[] = []) {
  const done: string[] = [];
  const problems: string[] = [];
  const deadlines: (number | undefined)[] = [];
  const act = async (what: string) => {
    await new Promise((resolve) => setImmediate(resolve));
    if (broken.includes(what)) throw new Error('out of reach');
    done.push(what);
  };
  const handler = createHandler({
    drivers: {
      nudge: {
        run: (appId, deadlineMs) => {
          deadlines.push(deadlineMs);
          return act(`look ${appId}`);
        },
      },
      events: {
        run: (appId, deadlineMs) => {
          deadlines.push(deadlineMs);
          return act(`publish ${appId}`);
        },
      },
    },
    manager: {
      wake: (appId) => act(`wake ${appId}`),
      noteRequests: (appIds) => act(`requests ${appIds.join(' ')}`),
    },
    nowMs: () => NOW,
    problems: problemsTo(problems),
    flush: async () => {
      done.push('settled');
    },
  });
  const handle = async (messages: readonly Sent[]) => {
    const { batchItemFailures } = await handler(event(messages), { getRemainingTimeInMillis: () => 60_000 });
    return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  };
  return { handle, done, deadlines, problems };
}

describe('messages of the dyno manager', () => {
  it('have each app looked at once, within 80 % of the time that is left', async () => {
    const { handle, done, deadlines } = setUp();
    const failed = await handle([
      { id: '1', body: nudge(A), group: A },
      { id: '2', body: nudge(B), group: B },
      { id: '3', body: nudge(A), group: A },
    ]);
    expect(failed).toEqual([]);
    expect(done.sort()).toEqual([`look ${A}`, `look ${B}`, 'settled']);
    expect(deadlines).toEqual([NOW + 48_000, NOW + 48_000]);
  });

  it('have the events of an app published, once for many, and beside the pass over the same app', async () => {
    const { handle, done, deadlines } = setUp();
    const group = `events#${A}`;
    const failed = await handle([
      { id: '1', body: events(A), group },
      { id: '2', body: nudge(A), group: A },
      { id: '3', body: events(A), group },
      { id: '4', body: events(B) },
      { id: '5', body: events(B) },
    ]);
    expect(failed).toEqual([]);
    expect(done.sort()).toEqual([`look ${A}`, `publish ${A}`, `publish ${B}`, 'settled']);
    expect(deadlines).toEqual([NOW + 48_000, NOW + 48_000, NOW + 48_000]);
  });

  it('return to the queue where the events of an app cannot be published; the pass over it has succeeded', async () => {
    const { handle, done, problems } = setUp([`publish ${A}`]);
    const failed = await handle([
      { id: '1', body: events(A), group: `events#${A}` },
      { id: '2', body: nudge(A), group: A },
    ]);
    expect(failed).toEqual(['1']);
    expect(done.sort()).toEqual([`look ${A}`, 'settled']);
    expect(problems).toEqual([`could not publish events of app ${A}`]);
  });

  it('have an app of many delayed nudges looked at once: looks beside each other make each other fail', async () => {
    const { handle, done } = setUp();
    const failed = await handle([
      { id: '1', body: nudge(A) },
      { id: '2', body: nudge(A) },
      { id: '3', body: nudge(B) },
      { id: '4', body: nudge(A) },
    ]);
    expect(failed).toEqual([]);
    expect(done.sort()).toEqual([`look ${A}`, `look ${B}`, 'settled']);
  });

  it('answers when all that was begun has been sent', async () => {
    const { handle, done } = setUp();
    await handle([{ id: '1', body: nudge(A), group: A }]);
    expect(done.at(-1)).toBe('settled');
  });

  it('are heard before their app is looked at', async () => {
    const { handle, done } = setUp();
    await handle([
      { id: '1', body: nudge(A), group: A },
      { id: '2', body: wake(A), group: A },
    ]);
    expect(done).toEqual([`wake ${A}`, `look ${A}`, 'settled']);
  });

  test.each<{ name: string; broken: string[]; messages: Sent[]; failed: string[] }>([
    {
      name: 'what failed and all behind it in its group, and nothing of another group',
      broken: [`wake ${A}`],
      messages: [
        { id: '1', body: managerMessage({ kind: 'requests', appIds: [A], atMs: NOW }), group: A },
        { id: '2', body: wake(A), group: A },
        { id: '3', body: nudge(B), group: B },
        { id: '4', body: nudge(A), group: A },
      ],
      failed: ['2', '4'],
    },
    {
      name: 'every nudge that a failed look was to answer',
      broken: [`look ${A}`],
      messages: [
        { id: '1', body: wake(A), group: A },
        { id: '2', body: nudge(A), group: A },
        { id: '3', body: wake(A), group: A },
      ],
      failed: ['2', '3'],
    },
    {
      name: 'a nudge before what failed, which no look has answered',
      broken: [`wake ${A}`],
      messages: [
        { id: '1', body: nudge(A), group: A },
        { id: '2', body: wake(A), group: A },
        { id: '3', body: nudge(A), group: A },
      ],
      failed: ['1', '2', '3'],
    },
    {
      name: 'messages of the delay queue by app',
      broken: [`look ${A}`],
      messages: [
        { id: '1', body: nudge(A) },
        { id: '2', body: nudge(B) },
        { id: '3', body: nudge(A) },
      ],
      failed: ['1', '3'],
    },
    { name: 'what is no JSON', broken: [], messages: [{ id: '1', body: '{', group: A }], failed: ['1'] },
    { name: 'what is null', broken: [], messages: [{ id: '1', body: 'null', group: A }], failed: ['1'] },
    {
      name: 'an app that no app can be',
      broken: [],
      messages: [{ id: '1', body: '{"kind":"nudge","appId":"app#1"}', group: A }],
      failed: ['1'],
    },
    {
      name: 'what a later version may send',
      broken: [],
      messages: [{ id: '1', body: `{"kind":"other","appId":"${A}","atMs":1}`, group: A }],
      failed: ['1'],
    },
  ])('come again: $name', async ({ broken, messages, failed }) => {
    const { handle } = setUp(broken);
    expect(await handle(messages)).toEqual(failed);
  });

  it('that cannot be read are told of by their ids, for whoever looks into the dead-letter queue', async () => {
    const { handle, problems, done } = setUp();
    await handle([
      { id: 'first', body: '{', group: A },
      { id: 'second', body: nudge(B), group: B },
    ]);
    expect(problems).toEqual(['could not handle message first of the dyno manager; it is delivered again']);
    expect(done).toEqual([`look ${B}`, 'settled']);
  });

  it('from a dead-letter queue, hours later, wake no app and say nothing of its traffic, but have it looked at', async () => {
    const { handle, done } = setUp();
    const old = NOW - 2 * 3_600_000;
    const failed = await handle([
      { id: '1', body: wake(A, old), group: A },
      { id: '2', body: managerMessage({ kind: 'requests', appIds: [A, B], atMs: old }), group: A },
      { id: '3', body: nudge(A), group: A },
    ]);
    expect(failed).toEqual([]);
    expect(done).toEqual([`look ${A}`, 'settled']);
  });
});
