import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex, PassThrough } from 'node:stream';
import type { PlatformClient } from '../../../client/platform-client.ts';
import { PlatformRefusal } from '../../../client/send.ts';
import { answerHook, type Push } from '../../../services/git/pre-receive.ts';
import type { SharedPush } from '../../../services/git/shared-repositories.ts';

const ZERO = '0'.repeat(40);
const ONE = '1'.repeat(40);
const TWO = '2'.repeat(40);
const MAIN = `${ZERO} ${ONE} refs/heads/main`;
const TOPIC = `${ZERO} ${ONE} refs/heads/topic`;

let repository: string;
beforeAll(() => {
  repository = mkdtempSync(join(tmpdir(), 'hook-'));
  execFileSync('git', ['init', '--quiet', '--bare', repository]);
});
afterAll(() => rmSync(repository, { recursive: true, force: true }));

/** The test's end of the hook: what it writes, and what it reads. */
function conversationOf() {
  const [toService, fromService] = [new PassThrough(), new PassThrough()];
  const conversation = Duplex.from({ readable: toService, writable: fromService });
  conversation.on('error', () => {});
  let heard = '';
  fromService.setEncoding('utf8').on('data', (text: string) => {
    heard += text;
  });
  return { conversation, toService, heard: () => heard };
}

interface Asked {
  readonly text: string;
  readonly more?: Partial<Push>;
  /** The hook's process dies instead of waiting. */
  readonly dies?: boolean;
}

/** The results of a push with this hook input: the verdict, the pusher's text, the operator's reports. */
async function answered({ text, more = {}, dies = false }: Asked) {
  const { conversation, toService, heard } = conversationOf();
  const verdict = new PassThrough();
  const reported: unknown[] = [];
  let waited = 0;
  const answering = answerHook(
    {
      client: {} as PlatformClient,
      appName: 'shop',
      repository,
      temporaryDirectory: repository,
      takeTurn: async () => {
        waited += 1;
        return undefined;
      },
      refusalByGit: async () => undefined,
      isShared: false,
      problems: { report: (message, error) => reported.push([message, error]) },
      ...more,
    },
    conversation,
    verdict,
  );
  for (const piece of text.match(/.{1,7}/gs) ?? []) toService.write(piece);
  if (dies) conversation.destroy();
  await answering;
  await new Promise(setImmediate);
  return {
    verdict: verdict.read()?.toString() ?? (verdict.writableEnded ? 'ended' : 'none'),
    heard: heard(),
    reported,
    waited,
    ended: conversation.writableEnded,
  };
}

const told = (...lines: readonly string[]) => `${['/quarantine', ...lines].join('\n')}\nend\n`;
const REFUSED = { verdict: 'refused\n', reported: [], waited: 0, ended: true };
const ACCEPTED = { ...REFUSED, verdict: 'accepted\n' };
const shared = (more: Partial<SharedPush> = {}): Partial<Push> => ({
  isShared: true,
  takeTurn: async () => ({ isCurrent: async () => true, publish: async () => true, end: async () => {}, ...more }),
});
const SAYS_CHANGED = (what: string) =>
  ` !     ${what} was changed by another push meanwhile. Fetch, then push again.\n\n`;
const STORED = 'Pushed to non-main branch, skipping build.\n';

test.each([
  { name: 'a branch that is not deployed is stored at once', text: told(TOPIC), is: { ...ACCEPTED, heard: STORED } },
  {
    name: 'the words of git may come in any order of pieces, and end with a line of their own',
    text: told(`${ZERO} ${ONE} refs/tags/end`),
    is: {
      ...ACCEPTED,
      heard: `Pushed tag end, nothing was deployed.\nTo deploy it, push what it names to main: git push heroku end^{}:refs/heads/main\n`,
    },
  },
  { name: 'what git never says is no push', text: told(TOPIC, 'x'), is: { ...REFUSED, heard: '' } },
  {
    name: 'main cannot be deleted, and nothing else of that push is told',
    text: told(`${ONE} ${ZERO} refs/heads/main`, TOPIC),
    is: { ...REFUSED, heard: '!\tThe branch main is deployed and cannot be deleted.\n' },
  },
  {
    name: 'a branch that has moved meanwhile',
    text: told(`${TWO} ${ONE} refs/heads/master`),
    is: { ...REFUSED, waited: 1, heard: SAYS_CHANGED('refs/heads/master') },
  },
  {
    name: 'a repository that others share is stored there first',
    text: told(TOPIC),
    more: shared(),
    is: { ...ACCEPTED, heard: STORED },
  },
  {
    name: 'one that has changed elsewhere',
    text: told(TOPIC),
    more: shared({ isCurrent: async () => false }),
    is: { ...REFUSED, heard: STORED + SAYS_CHANGED('The repository of shop') },
  },
  {
    name: 'one that changes elsewhere while it is stored',
    text: told(TOPIC),
    more: shared({ publish: async () => false }),
    is: { ...REFUSED, heard: STORED + SAYS_CHANGED('The repository of shop') },
  },
])('$name', async ({ text, more = {}, is }) => {
  expect(await answered({ text, more })).toEqual({ ...is });
});

test.each([
  { name: 'nothing', text: '' },
  { name: 'a part of its words', text: told(TOPIC).slice(0, -1) },
  { name: 'no line of its own for the end', text: `/quarantine\n${TOPIC}end\n` },
])('a hook that says $name and dies gets no verdict, which refuses the push', async ({ text }) => {
  expect(await answered({ text, dies: true })).toEqual({
    ...{ verdict: 'none', heard: '', reported: [], waited: 0 },
    ended: expect.any(Boolean),
  });
});

test('more words than any push has get no verdict', async () => {
  const words = `${'x'.repeat(1024 * 1024)}\n`.repeat(16);
  expect((await answered({ text: '', dies: true })).verdict).toBe('none');
  const { conversation, toService } = conversationOf();
  const verdict = new PassThrough();
  const answering = answerHook({} as Push, conversation, verdict);
  toService.write(words);
  await answering;
  expect(verdict.writableEnded).toBe(false);
});

const FAILED = (reason: string) => `\n !     ${reason}\n\n!\tPush rejected to shop.\n\n`;
const FAULT = new Error('a bug');

test.each([
  {
    name: 'the platform refuses: in its own words, and nobody else hears of it',
    thrown: new PlatformRefusal('POST /it', 403, 'You may not.'),
    heard: FAILED('You may not.'),
    reported: [],
  },
  {
    name: 'anything else: in no words of its own, and the operator hears of it',
    thrown: FAULT,
    heard: FAILED('The platform had a problem. Try again.'),
    reported: [['push to shop failed', FAULT]],
  },
])('$name', async ({ thrown, heard, reported }) => {
  const takeTurn = async () => {
    throw thrown;
  };
  expect(await answered({ text: told(MAIN), more: { takeTurn } })).toEqual({ ...REFUSED, heard, reported });
});

test.each([
  { quarantine: '/quarantine', source: { quarantine: '/quarantine' } },
  { quarantine: '', source: {} },
])('what is stored: the objects that wait in "$quarantine" and the new branches', async ({ quarantine, source }) => {
  const published: unknown[] = [];
  const more = shared({
    publish: async (...all) => {
      published.push(all);
      return true;
    },
  });
  const { verdict } = await answered({ text: `${quarantine}\n${TOPIC}\nend\n`, more });
  const updates = [{ oldId: ZERO, newId: ONE, ref: 'refs/heads/topic' }];
  expect([verdict, published]).toEqual(['accepted\n', [[{ repository, ...source }, updates]]]);
});

test('a push that waits for another one is told so', async () => {
  const takeTurn: Push['takeTurn'] = async (onWait) => {
    await onWait();
    return undefined;
  };
  const { heard } = await answered({ text: told(`${TWO} ${ONE} refs/heads/main`), more: { takeTurn } });
  expect(heard).toBe(`Waiting for another push to shop to finish...\n${SAYS_CHANGED('refs/heads/main')}`);
});

test('main is built from the objects that wait, and accepted when that succeeds', async () => {
  const client = {
    createSource: async () => {
      throw new PlatformRefusal('POST /it', 422, 'No source today.');
    },
  } as unknown as PlatformClient;
  expect(await answered({ text: told(MAIN), more: { client } })).toEqual({
    ...REFUSED,
    waited: 1,
    heard: FAILED('No source today.'),
  });
});

describe('what git itself would refuse', () => {
  const asked: unknown[] = [];
  const refusing = (reason: string): Partial<Push> => ({
    refusalByGit: async (...words) => {
      asked.push(words);
      return reason;
    },
    // Neither client nor archive may be called.
    isShared: true,
    takeTurn: async () => ({ isCurrent: async () => true }) as SharedPush,
  });

  test.each([
    { reason: 'no room', hint: '' },
    {
      reason: 'trying to write non-commit object 1 to branch 2',
      hint: ' !     To deploy a tag, push the commit that it names: git push heroku TAG^{}:main\n',
    },
  ])('is refused before anything is built or stored: $reason', async ({ reason, hint }) => {
    asked.length = 0;
    expect(await answered({ text: told(MAIN), more: refusing(reason) })).toEqual({
      ...REFUSED,
      heard: ` !     git refuses this: ${reason}\n${hint}\n!\tPush rejected to shop.\n\n`,
    });
    const updates = [{ oldId: ZERO, newId: ONE, ref: 'refs/heads/main' }];
    expect(asked).toEqual([[{ repository, quarantine: '/quarantine' }, updates]]);
  });
});
