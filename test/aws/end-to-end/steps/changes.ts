import { until } from '../../../platform/until.ts';
import { SHOP, type World } from '../world.ts';

/** Rollback, a deploy of the platform over running apps, and the end. */
export function changeSteps(world: World): void {
  test('rollback: the old config is in the dynos', async () => {
    expect(await world.heroku('rollback v4')).toContain('done, v6');
    await world.reached(SHOP, ['Hello from web.1! two\nlines\n']);
    await world.up('web.1', 'web.2', 'web.3');
    await until('old dynos to be gone', async () => (await world.containers.ids()).length === 3);
  });

  test('a second deploy changes nothing, and no dyno', async () => {
    const before = await world.containers.ids();
    await world.measured('cdk deploy again', async () => {
      const stacks = (await world.installation.cdk.deploy()).output.match(/✅.*$/gm) ?? [];
      expect(stacks).toHaveLength(8);
      for (const stack of stacks) expect(stack).toMatch(/\(no changes\)$/);
    });
    expect(await world.containers.ids()).toEqual(before);
  });

  test('a deploy of changed functions restarts no dyno, and the platform goes on with them', async () => {
    const before = await world.containers.ids();
    const { output } = await world.installation.cdk.deploy('changed-stage.config.ts');
    expect(output).toMatch(/UPDATE_COMPLETE +\| AWS::Lambda::Function/);
    expect((await world.visit(SHOP)).status).toBe(200);
    expect(await world.heroku('ps:scale web=2')).toContain('web at 2');
    await world.up('web.1', 'web.2');
    await until('web.3 to be gone', async () => (await world.containers.ids()).length === 2);
    expect(before).toEqual(expect.arrayContaining([...(await world.containers.ids())]));
  });

  test('destroy: no container is left, and there is no such app', async () => {
    await world.heroku('apps:destroy -a shop -c shop');
    await until('its containers to be gone', async () => (await world.containers.ids()).length === 0);
    await until('the router to know', async () => (await world.visit(SHOP)).status === 404);
    expect(await world.heroku('apps')).toContain('You have no apps.');
  });
}
