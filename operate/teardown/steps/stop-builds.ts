import { BatchGetBuildsCommand, paginateListBuildsForProject, StopBuildCommand } from '@aws-sdk/client-codebuild';
import { type Account, unlessGone } from '../account.ts';
import type { Say } from '../say.ts';

/** Newest first. Builds end within the hours of CodeBuild's longest timeout: older ones no longer run. */
const NEWEST = 100;

export async function stopBuilds({ codeBuild }: Account, projects: readonly string[], say: Say): Promise<void> {
  for (const projectName of projects) {
    for (const id of await running(codeBuild, projectName)) {
      say(`stopping the build ${id}`);
      await unlessGone(codeBuild.send(new StopBuildCommand({ id })), 'ResourceNotFoundException');
    }
  }
}

async function running(client: Account['codeBuild'], projectName: string): Promise<string[]> {
  const pages = paginateListBuildsForProject({ client }, { projectName, sortOrder: 'DESCENDING' });
  const first = await unlessGone(pages.next(), 'ResourceNotFoundException');
  const ids = (first?.value?.ids ?? []).slice(0, NEWEST);
  if (ids.length === 0) return [];
  const { builds } = await client.send(new BatchGetBuildsCommand({ ids }));
  return (builds ?? []).flatMap(({ id, buildStatus }) =>
    buildStatus === 'IN_PROGRESS' && id !== undefined ? [id] : [],
  );
}
