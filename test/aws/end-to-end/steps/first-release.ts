import { until } from '../../../platform/until.ts';
import { DOMAIN } from '../stage.config.ts';
import { SHOP, type World } from '../world.ts';

/** From an empty account to an app that answers, with the unmodified Heroku CLI through the bridge. */
export function firstReleaseSteps(world: World): void {
  test('connects, and there are no apps', async () => {
    await world.installation.connect();
    expect(await world.heroku('apps')).toContain('You have no apps.');
  });

  test('create, apps, config:set, config:get', async () => {
    await world.terminal.ok(
      'git init -q -b main && git config user.email me@example.com && git config user.name Me && git add -A && git commit -qm "First"',
    );
    expect(await world.heroku('create shop')).toContain(`https://${SHOP}/`);
    expect(await world.heroku('apps')).toMatch(/^shop$/m);
    expect(await world.heroku(`config:set GREETING=$'two\\nlines'`)).toContain('v3');
    expect(await world.heroku('config:get GREETING')).toBe('two\nlines\n');
  });

  test('the router tells that there is no such app, and of an app that has nothing to run', async () => {
    expect((await world.visit(`nosuchapp.${DOMAIN}`)).status).toBe(404);
    await until('the router to know of the app', async () => (await world.visit(SHOP)).status === 502);
  });

  test('a push is built by CodeBuild with the buildspec of the project, its release phase runs, and it serves', async () => {
    await world.measured('push to first answer', async () => {
      await world.measured('push to released', async () => {
        const output = await world.terminal.ok('git push heroku main');
        expect(output).toContain('[Stand-in of the lifecycle] web, worker, release');
        expect(output).toContain('nothing to migrate');
        expect(output).toMatch(/Released v4/);
      });
      await world.reached(SHOP, ['Hello from web.1! two\nlines\n']);
    });
    expect(await world.heroku('releases')).toMatch(/v4 +Deploy/);
    await world.up('web.1');
  });

  test('logs: of functions, of the platform, of the router, and what dynos print, by Docker’s fluentd driver', async () => {
    await world.logged(
      /app\[api\]: Release v3 created/,
      /heroku\[release\.\d+\]: Starting process with command `node release\.js`/,
      /app\[release\.\d+\]: Preparing release\.\d+: nothing to migrate/,
      /heroku\[web\.1\]: State changed from starting to up/,
      /app\[web\.1\]: Listening on 5000/,
      /heroku\[router\]: at=info method=GET path="\/" host=shop\.dynoform\.test \S+ fwd="127\.0\.0\.1" dyno=web\.1 .*status=200/,
    );
  });
}
