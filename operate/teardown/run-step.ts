import type { Account } from './account.ts';
import type { Step } from './plan.ts';
import type { Say } from './say.ts';
import { deleteStack } from './steps/delete-stack.ts';
import { emptyBuckets } from './steps/empty-buckets.ts';
import { releaseMachines } from './steps/release-machines.ts';
import { removeCertificates } from './steps/remove-certificates.ts';
import { removeLogGroups } from './steps/remove-log-groups.ts';
import { removeRetained } from './steps/remove-retained.ts';
import { removeTaskDefinitions } from './steps/remove-task-definitions.ts';
import { stopBuilds } from './steps/stop-builds.ts';
import { stopServices } from './steps/stop-services.ts';
import { stopSources } from './steps/stop-sources.ts';
import { stopTasks } from './steps/stop-tasks.ts';
import { unprotectBalancers } from './steps/unprotect-balancers.ts';
import { waitForInterfaces } from './steps/wait-for-interfaces.ts';

export function runStep(account: Account, step: Step, say: Say): Promise<void> {
  switch (step.kind) {
    case 'stop-sources':
      return stopSources(account, step);
    case 'stop-services':
      return stopServices(account, step.services);
    case 'stop-builds':
      return stopBuilds(account, step.projects, say);
    case 'stop-tasks':
      return stopTasks(account, step.cluster, say);
    case 'remove-certificates':
      return removeCertificates(account, step, say);
    case 'release-machines':
      return releaseMachines(account, step, say);
    case 'unprotect-balancers':
      return unprotectBalancers(account, step.balancers);
    case 'wait-for-interfaces':
      return waitForInterfaces(account, step.vpc, say);
    case 'empty-buckets':
      return emptyBuckets(account, step.buckets, say);
    case 'remove-retained':
      return removeRetained(account, step.resources, say);
    case 'delete-stack':
      return deleteStack(account, step, say);
    case 'remove-task-definitions':
      return removeTaskDefinitions(account, step.families, say);
    case 'remove-log-groups':
      return removeLogGroups(account, step.names);
  }
}
