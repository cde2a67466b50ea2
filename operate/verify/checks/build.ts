import { type Check, proven, unproven } from '../check.ts';

const PHASES = ['DETECTING', 'BUILDING', 'EXPORTING'];

export const build: Check = {
  name: 'build',
  proves: 'CodeBuild builds an app with the lifecycle of Cloud Native Buildpacks',
  how: 'a build of examples/node-web through the API; the phases of the lifecycle in its output',
  run: async ({ app }) => {
    const missing = PHASES.filter((phase) => !app.buildOutput.includes(`===> ${phase}`));
    return missing.length === 0
      ? proven(`the build went through ${PHASES.join(', ').toLowerCase()}`)
      : unproven(`the build succeeded, but its output does not mention ${missing.join(', ').toLowerCase()}`);
  },
};
