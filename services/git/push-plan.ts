/** One line of the pre-receive hook's input. */
export interface RefUpdate {
  readonly oldId: string;
  readonly newId: string;
  readonly ref: string;
}

export interface PushPlan {
  /** Why the whole push is refused; then nothing is stored. */
  readonly refusal?: readonly string[];
  readonly deploy?: RefUpdate;
  /** Messages to the pusher about everything else. */
  readonly notes: readonly string[];
}

/** In order of preference when one push updates both. */
const DEPLOY_BRANCHES = ['refs/heads/main', 'refs/heads/master'];

/** Git's id for a ref that is not there, before or after. */
export const isZero = (id: string) => /^0+$/.test(id);

export function parseRefUpdates(lines: readonly string[]): readonly RefUpdate[] | undefined {
  const updates: RefUpdate[] = [];
  for (const line of lines) {
    const [, oldId, newId, ref] = /^([0-9a-f]{40,64}) ([0-9a-f]{40,64}) (refs\/.+)$/.exec(line) ?? [];
    if (oldId === undefined || newId === undefined || ref === undefined) return undefined;
    updates.push({ oldId, newId, ref });
  }
  return updates;
}

/** Only `main` and `master` are built; other branches and tags are stored. */
export function planPush(updates: readonly RefUpdate[]): PushPlan {
  const deletedBranch = updates.find((update) => isZero(update.newId) && DEPLOY_BRANCHES.includes(update.ref));
  if (deletedBranch !== undefined) {
    const branch = deletedBranch.ref.slice('refs/heads/'.length);
    return {
      refusal: [`!\tThe branch ${branch} is deployed and cannot be deleted.`],
      notes: [],
    };
  }
  const pushed = updates.filter((update) => !isZero(update.newId));
  const deploy = DEPLOY_BRANCHES.map((ref) => pushed.find((update) => update.ref === ref)).find(Boolean);
  const notes: string[] = [];
  if (deploy === undefined && pushed.some((update) => update.ref.startsWith('refs/heads/'))) {
    notes.push('Pushed to non-main branch, skipping build.');
  }
  const tag = pushed.find((update) => update.ref.startsWith('refs/tags/'));
  if (deploy === undefined && tag !== undefined) {
    const name = tag.ref.slice('refs/tags/'.length);
    notes.push(
      `Pushed tag ${name}, nothing was deployed.`,
      `To deploy it, push what it names to main: git push heroku ${name}^{}:refs/heads/main`,
    );
  }
  const other = pushed.find((update) => !/^refs\/(heads|tags)\//.test(update.ref));
  if (deploy === undefined && other !== undefined) notes.push(`Pushed ${other.ref}, nothing was deployed.`);
  return deploy === undefined ? { notes } : { deploy, notes };
}
