import type { Duplex } from 'node:stream';
import type { PlatformClient } from '../../client/platform-client.ts';
import { PlatformRefusal } from '../../client/send.ts';
import type { Problems } from '../../core/ports/problems.ts';
import { commitIsCurrent, type ObjectSource } from './commit.ts';
import { deployCommit } from './deploy.ts';
import { parseRefUpdates, planPush, type RefUpdate } from './push-plan.ts';
import type { SharedPush } from './shared-repositories.ts';
import { writeSlowly } from './writable.ts';

export interface Push {
  readonly client: PlatformClient;
  readonly appName: string;
  readonly repository: string;
  readonly temporaryDirectory: string;
  /** Resolves when no other push to this app is being decided. The turn lasts until this push's git process has ended. */
  readonly takeTurn: (onWait: () => Promise<void>) => Promise<SharedPush | undefined>;
  /** Why git would refuse updates that its hook accepts. Undefined: it would make them all. */
  readonly refusalByGit: (source: ObjectSource, updates: readonly RefUpdate[]) => Promise<string | undefined>;
  /** An accepted push must first be stored for other services. */
  readonly isShared: boolean;
  readonly problems: Problems;
}

/** Answers the pre-receive hook: `conversation` brings the pushed refs and shows text to the pusher, `verdict` decides. */
export async function answerHook(push: Push, conversation: Duplex, verdict: Duplex): Promise<void> {
  const lines = await readLines(conversation);
  // No push reached the hook, or its input was cut: without a verdict the hook refuses.
  if (lines === undefined) return;
  const say = (text: string | Buffer) => writeSlowly(conversation, text);
  let accepted = false;
  try {
    accepted = await decide(push, lines, say);
  } catch (error) {
    if (!(error instanceof PlatformRefusal)) push.problems.report(`push to ${push.appName} failed`, error);
    const reason = error instanceof PlatformRefusal ? error.explanation : 'The platform had a problem. Try again.';
    await say(`\n !     ${reason}\n\n!\tPush rejected to ${push.appName}.\n\n`);
  }
  conversation.end();
  verdict.end(accepted ? 'accepted\n' : 'refused\n');
}

async function decide(
  push: Push,
  [quarantine = '', ...lines]: readonly string[],
  say: (text: string | Buffer) => Promise<void>,
): Promise<boolean> {
  const updates = parseRefUpdates(lines);
  if (updates === undefined) return false;
  const plan = planPush(updates);
  for (const line of [...(plan.refusal ?? []), ...plan.notes]) await say(`${line}\n`);
  if (plan.refusal !== undefined) return false;
  const { deploy } = plan;
  if (deploy === undefined && !push.isShared) return true;
  const { client, appName, repository, temporaryDirectory } = push;
  const shared = await push.takeTurn(() => say(`Waiting for another push to ${appName} to finish...\n`));
  const changed = async (what: string) => {
    await say(` !     ${what} was changed by another push meanwhile. Fetch, then push again.\n\n`);
    return false;
  };
  if (shared !== undefined && !(await shared.isCurrent())) return changed(`The repository of ${appName}`);
  const source = quarantine === '' ? { repository } : { repository, quarantine };
  if (deploy !== undefined && !(await commitIsCurrent({ repository }, deploy.ref, deploy.oldId)))
    return changed(deploy.ref);
  // Before anything is built, released or stored: git itself decides only after that.
  const refusal = await push.refusalByGit(source, updates);
  if (refusal !== undefined) {
    await say(` !     git refuses this: ${refusal}\n${TAG_HINT.test(refusal) ? PUSH_A_TAG : ''}\n`);
    await say(`!\tPush rejected to ${appName}.\n\n`);
    return false;
  }
  if (deploy !== undefined) {
    const deployed = await deployCommit({ client, appName, source, commit: deploy.newId, temporaryDirectory, say });
    if (!deployed) return false;
  }
  if (shared !== undefined && !(await shared.publish(source, updates))) return changed(`The repository of ${appName}`);
  return true;
}

/** A branch can only name a commit; an annotated tag is an object of its own. */
const TAG_HINT = /non-commit object/;
const PUSH_A_TAG = ' !     To deploy a tag, push the commit that it names: git push heroku TAG^{}:main\n';

/** Reads up to the line `end`. Git itself refuses absurd pushes; this limit protects the memory. */
const HOOK_BYTES_MAX = 16 * 1024 * 1024;

function readLines(conversation: Duplex): Promise<readonly string[] | undefined> {
  return new Promise((resolve) => {
    let text = '';
    conversation.setEncoding('utf8');
    conversation.on('data', (chunk: string) => {
      text += chunk;
      if (text.endsWith('\nend\n')) resolve(text.slice(0, -'\nend\n'.length).split('\n'));
      else if (text.length > HOOK_BYTES_MAX) resolve(undefined);
    });
    conversation.once('close', () => resolve(undefined));
  });
}
