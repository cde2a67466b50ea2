import type { Deployed } from '../cdk.ts';
import type { World } from '../world.ts';

/** The real app, deployed into an empty account like a user does. */
export function deploySteps(world: World): void {
  let first: Deployed;

  test('cdk bootstrap and cdk deploy', async () => {
    const { cdk } = world.installation;
    await world.measured('cdk bootstrap', async () => void (await cdk.bootstrap()));
    await world.measured('cdk deploy, with bundling', async () => {
      first = await cdk.deploy();
    });
    const complete = first.output.match(/CREATE_COMPLETE +\| (?:AWS::(?!CloudFormation::Stack)\S+|Custom::)/g);
    world.tell(`${complete?.length} resources`);
    expect(first.output.match(/^✅ .*$/gm) ?? []).toHaveLength(8);
  });

  test('the token of the owner is in its secret, and nowhere in what the deploy printed', async () => {
    const token = await world.installation.token();
    expect(token).toMatch(/^HRKU-/);
    expect(first.output).not.toContain(token);
  });

  test('every function starts with the environment that it is given', async () => {
    const { installation } = world;
    await installation.openDoors();
    await installation.startServices();
    const names = (await installation.functionNames()).filter((name) => /Functions(?!api|bootstrap)/.test(name));
    expect(names).toHaveLength(5);
    const errors = await Promise.all(names.map((name) => installation.emulator.invoke(name, { Records: [] })));
    expect(errors.filter((error) => error?.includes('environment'))).toEqual([]);
  });
}
