/** A command of the README, in its order, and what the reader sees. */
export interface ReadmeCommand {
  readonly line: string;
  readonly by: Proof;
}

/** `test/cli/readme.test.ts` types it; or another test runs it, which contains this text. */
export type Proof =
  | { readonly typed: 'terminal' | 'tail' | 'shell'; readonly shows?: RegExp }
  | { readonly file: string; readonly words: string };

const shows = (pattern?: RegExp): Proof => ({
  typed: 'terminal',
  ...(pattern === undefined ? {} : { shows: pattern }),
});

/** Every command in the README's blocks: one without a row here fails, and each row names what runs it. */
export const README_COMMANDS: readonly ReadmeCommand[] = [
  { line: 'npm ci', by: { file: '.ci/run', words: '  npm ci\n' } },
  { line: 'npm start', by: { file: 'test/platform/platform-process.ts', words: "spawn('npm', ['start'," } },
  { line: 'curl http://hello.localhost:8080/', by: shows(/^Hello from web\.1!/m) },

  { line: 'cp -r examples/node-web /tmp/shop', by: shows() },
  {
    line: 'git -C /tmp/shop init -b main && git -C /tmp/shop add -A && git -C /tmp/shop commit -m "First"',
    by: shows(/ First\n/),
  },
  { line: 'eval "$(bin/dynoform env)"', by: shows() },
  { line: 'cd /tmp/shop', by: shows() },

  { line: 'heroku create shop', by: shows(/http:\/\/shop\.localhost:8080\//) },
  { line: 'git push heroku main', by: shows(/main -> main/) },
  { line: 'curl http://shop.localhost:8080/', by: shows(/^Hello from web\.1!/m) },
  { line: 'heroku ps:scale web=10 worker=2', by: shows(/now running web at 10:Standard-1X, worker at 2:Standard-1X/) },
  { line: 'heroku ps', by: shows(/=== web \(Standard-1X\): node web\.js \(10\)/) },
  { line: 'heroku logs --tail', by: { typed: 'tail', shows: /heroku\[web\.1\]/ } },
  { line: 'heroku config:set GREETING="Good morning"', by: shows(/GREETING:\s+Good morning/) },
  { line: 'heroku releases', by: shows(/v4\s+Set GREETING config vars/) },
  { line: 'heroku rollback v3', by: shows(/done, v5/) },
  { line: 'heroku run bash', by: { typed: 'shell', shows: /in a one-off dyno: run\.\d{4}/ } },
  { line: "heroku run -x 'exit 7'; echo $?", by: shows(/^7$/m) },
  { line: 'heroku maintenance:on', by: shows(/done/) },
  {
    line: 'curl -H "Authorization: Bearer $HEROKU_API_KEY" http://localhost:5000/apps',
    by: shows(/"name":\s*"shop"/),
  },
  { line: 'heroku apps:destroy -c shop', by: shows(/done/) },
];

/** The lines of a document's code blocks, without blank lines and comments. */
export function commandsOf(text: string): readonly string[] {
  const fenced = [...text.matchAll(/^```\w*\n([\s\S]*?)^```/gm)].map(([, block = '']) => block);
  const indented = text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^ {4,}(\S.*)$/gm);
  return [...fenced.flatMap((block) => block.split('\n')), ...[...indented].map(([, line = '']) => line)]
    .map((line) => line.replace(/\s+#\s.*$/, '').trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}
