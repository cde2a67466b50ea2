import type { TaskExit } from '../../../core/ports/dyno-runtime.ts';
import { NO_ROOM, withoutArns } from './failures.ts';

interface Rule {
  readonly says: RegExp;
  readonly reason: 'start-failed' | 'no-room';
  readonly words: string;
}

/**
 * Messages for an app's log, by ECS's reason for a task that never ran (Amazon ECS Developer Guide, "Stopped tasks error
 * codes"). First match counts.
 */
const RULES: readonly Rule[] = [
  // After 10 to 30 minutes in PROVISIONING.
  {
    says: /^(TaskFailedToStart: ?)?(RESOURCE:|AGENT\b|ATTRIBUTE\b|Capacity is unavailable|No Container Instances)/,
    reason: 'no-room',
    words: NO_ROOM,
  },
  {
    says: /^CannotPull.*(not found|manifest unknown|does not exist)/is,
    reason: 'start-failed',
    words: 'the image of its slug is no longer in the registry: deploy again',
  },
  { says: /^CannotPull/, reason: 'start-failed', words: 'the image of its slug could not be fetched' },
  { says: /exec format error/, reason: 'start-failed', words: 'its slug was built for another architecture' },
  {
    says: /^ResourceInitializationError/,
    reason: 'start-failed',
    words: 'its config vars, its network or its image could not be fetched',
  },
];

export function startFailure(said: string): Pick<TaskExit, 'reason' | 'detail'> {
  const plain = withoutArns(said);
  const rule = RULES.find(({ says }) => says.test(said));
  if (rule === undefined) return { reason: 'start-failed', detail: plain };
  return { reason: rule.reason, detail: `${rule.words} (${plain})` };
}
