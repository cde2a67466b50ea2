import type { App } from '../../../core/records/app.ts';
import type { Release } from '../../../core/records/release.ts';
import { releaseKey } from '../../../core/records/release.ts';
import type { World } from '../world.ts';
import type { Rules } from './rules.ts';

export function judgeApp(world: World, rules: Rules, before: App, after: App): void {
  const was = before.currentReleaseVersion ?? 0;
  const is = after.currentReleaseVersion ?? 0;
  if (is < was) rules.break('releases never go backwards', `v${was} → v${is} of ${after.id}`);
  if (after.nextReleaseVersion < before.nextReleaseVersion) {
    rules.break('release versions are never reused', `v${before.nextReleaseVersion} → v${after.nextReleaseVersion}`);
  }
  if (is === was) return;
  const release = world.store.get<Release>(releaseKey(after.id, is))?.value;
  if (release === undefined || release.status !== 'succeeded') {
    rules.break('only a succeeded release is current', `v${is} of ${after.id} is ${release?.status ?? 'missing'}`);
  } else if (release.slugId !== undefined && Object.hasOwn(release.processTypes, 'release')) {
    if (!rules.tasks.releasePhaseSucceeded(after.id, is)) {
      rules.break('a release phase gates its release', `v${is} of ${after.id} is current, its command did not succeed`);
    }
  }
}
