import { imageProcesses } from '../../../../adapters/aws/codebuild/image-processes.ts';

const labelled = (process: object, more: object = {}) => ({
  Labels: { 'io.buildpacks.build.metadata': JSON.stringify({ processes: [{ type: 'web', ...process }], ...more }) },
});

test.each([
  { name: 'a line that the Procfile buildpack wraps', process: { command: ['bash', '-c', 'a && b'] }, is: 'a && b' },
  { name: 'a line wrapped by a bash elsewhere', process: { command: ['/bin/bash', '-c', 'a'] }, is: 'a' },
  { name: 'a line that another shell runs', process: { command: ['my-bash', '-c', 'a b'] }, is: "my-bash -c 'a b'" },
  { name: 'a shell like bash by its beginning', process: { command: ['bash5', '-c', 'a b'] }, is: "bash5 -c 'a b'" },
  { name: 'bash with more words than a line', process: { command: ['bash', '-c', 'a', 'b c'] }, is: "bash -c a 'b c'" },
  { name: 'a text for a shell', process: { command: 'a && b', direct: false }, is: 'a && b' },
  { name: 'a text that no shell reads', process: { command: 'a && b', direct: true }, is: "'a && b'" },
  { name: 'a text with arguments', process: { command: 'a b', args: ['c d'], direct: false }, is: "'a b' 'c d'" },
  { name: 'a list that no shell reads', process: { command: ['a b'], direct: false }, is: "'a b'" },
  { name: 'arguments alone', process: { args: ['a', "it's"] }, is: "a 'it'\\''s'" },
])('$name runs as it is meant', ({ process, is }) => {
  expect(imageProcesses(labelled(process), undefined)).toMatchObject({ value: { processTypes: { web: is } } });
});

test.each([
  { buildpacks: [{ id: 'heroku/procfile' }, { id: 'heroku/ruby' }], is: 'heroku/ruby' },
  { buildpacks: [{ id: 'heroku/procfile' }], is: 'heroku/procfile' },
  { buildpacks: [], is: '' },
])('it is called by the buildpack that is not only the Procfile: "$is"', ({ buildpacks, is }) => {
  expect(imageProcesses(labelled({ command: ['a'] }, { buildpacks }), undefined)).toMatchObject({
    value: { buildpackDescription: is, buildpacks: [] },
  });
});
