import type { Step } from './plan.ts';

/** A step as a line of the plan. */
export function stepText(step: Step): string {
  switch (step.kind) {
    case 'stop-sources':
      return `stop schedule, events and queues: ${count(step.rules, 'rule')}, ${count(step.functions, 'function')}`;
    case 'stop-services':
      return `stop router, logs, git and terminals: ${count(step.services, 'service')}`;
    case 'stop-builds':
      return `stop builds: ${count(step.projects, 'project')}`;
    case 'stop-tasks':
      return `stop all dynos of the cluster ${step.cluster}`;
    case 'remove-certificates':
      return `detach and delete ${count(step.certificates, 'certificate')} of custom domains`;
    case 'release-machines':
      return `end all machines: ${count(step.groups, 'group')}, ${count(step.providers, 'capacity provider')}`;
    case 'unprotect-balancers':
      return 'lift the protection of the load balancer';
    case 'wait-for-interfaces':
      return `wait until nothing has a network interface in ${step.vpc}`;
    case 'empty-buckets':
      return `empty ${count(step.buckets, 'bucket')}: ${step.buckets.join(', ')}`;
    case 'remove-retained':
      return `delete permanently: ${step.resources.map(({ physicalId }) => physicalId).join(', ')}`;
    case 'delete-stack':
      return `delete the stack ${step.stackName}`;
    case 'remove-task-definitions':
      return `remove dynos' task definitions: ${count(step.families, 'app')}`;
    case 'remove-log-groups':
      return `remove ${count(step.names, 'log group')}: ${step.names.join(', ')}`;
  }
}

function count(list: readonly unknown[], noun: string): string {
  return `${list.length} ${noun}${list.length === 1 ? '' : 's'}`;
}
