import { chooseBuild } from '../../../../adapters/aws/codebuild/choose-build.ts';
import type { CodeBuildSettings } from '../../../../adapters/aws/codebuild/settings.ts';

const PROJECTS = { amd64: { buildpacks: 'cnb-amd64', dockerfile: 'docker-amd64' } };
const choose = (
  stack: string,
  buildpacks: readonly string[] = [],
  projects: CodeBuildSettings['projects'] = PROJECTS,
) => chooseBuild({ projects } as CodeBuildSettings, { stack, buildpacks: [...buildpacks] });
const built = { project: 'cnb-amd64', architecture: 'amd64', kind: 'buildpacks', buildpacks: [] };

test.each([
  { name: 'the default stack, in the project’s own image', stack: 'heroku-24', is: built },
  {
    name: 'another stack, in its builder',
    stack: 'heroku-22',
    is: { ...built, builderImage: 'docker.io/heroku/builder:22' },
  },
  { name: 'a stack to come', stack: 'heroku-126', is: { ...built, builderImage: 'docker.io/heroku/builder:126' } },
  { name: 'a name that only ends like one', stack: 'my-heroku-22', is: built },
  { name: 'a name that only begins like one', stack: 'heroku-22-build', is: built },
  {
    name: 'a Dockerfile',
    stack: 'container',
    buildpacks: ['heroku/nodejs'],
    is: { project: 'docker-amd64', architecture: 'amd64', kind: 'dockerfile', buildpacks: [] },
  },
  {
    name: 'a buildpack, and what the Procfile starts',
    stack: 'heroku-24',
    buildpacks: ['heroku/nodejs'],
    is: { ...built, buildpacks: ['heroku/nodejs', 'heroku/procfile'] },
  },
  {
    name: 'the Procfile last, wherever it was named',
    stack: 'heroku-24',
    buildpacks: ['dynoform/procfile', 'heroku/nodejs'],
    is: { ...built, buildpacks: ['heroku/nodejs', 'heroku/procfile'] },
  },
])('$name', ({ stack, buildpacks = [], is }) => {
  expect(choose(stack, buildpacks)).toEqual({ ok: true, value: is });
});

test.each([
  {
    name: 'a buildpack that the builder has not',
    stack: 'heroku-24',
    buildpacks: ['https://github.com/a/b'],
    projects: PROJECTS,
    error: 'The buildpack https://github.com/a/b is not in the builder image; on AWS only its buildpacks can be used.',
  },
  {
    name: 'no Dockerfiles',
    stack: 'container',
    projects: { amd64: { buildpacks: 'cnb' } },
    error: 'This installation does not build with a Dockerfile.',
  },
  {
    name: 'no buildpacks',
    stack: 'heroku-24',
    projects: { amd64: { dockerfile: 'docker' } },
    error: 'This installation does not build with buildpacks.',
  },
  {
    name: 'no builds at all',
    stack: 'heroku-24',
    projects: {},
    error: 'This installation does not build with buildpacks.',
  },
])('$name: refused in words', ({ stack, buildpacks = [], projects, error }) => {
  expect(choose(stack, buildpacks, projects)).toEqual({ ok: false, error });
});
