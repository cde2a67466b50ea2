import { until } from '../../../platform/until.ts';
import { beforeItsTime } from '../cycle.ts';
import { SHOP, type World } from '../world.ts';

const ALL = ['web.1', 'web.2', 'web.3'];
const hello = (greeting: string) => ALL.map((name) => `Hello from ${name}! ${greeting}\n`);
/** Characters that shells, environment files and JSON treat specially. */
const EXACT = `it's "two"\n\tlines: $HOME \${X} \\n = #, and ünïcode `;

/** Dynos that are scaled, changed, restarted, killed, cycled, and run by hand. */
export function dynoSteps(world: World): void {
  test('ps:scale web=3: three are up, and requests reach them all', async () => {
    await world.heroku('ps:scale web=3');
    await world.up(...ALL);
    await world.reached(SHOP, hello('two\nlines'));
    expect(await world.heroku('ps')).toMatch(/=== web \(Standard-1X\): node web\.js \(3\)/);
    expect((await world.containers.ofDynos()).map(({ dyno }) => dyno)).toEqual(ALL);
  });

  test('config:set restarts them, and its value is exact in the dynos and nowhere in what their containers were told', async () => {
    const before = await world.containers.ids();
    expect(await world.heroku(`config:set GREETING='${EXACT.replaceAll("'", `'\\''`)}'`)).toContain('v5');
    await world.reached(SHOP, hello(EXACT));
    await world.up(...ALL);
    await allReplaced(before);
    for (const { environment } of await world.containers.ofDynos()) {
      expect(environment.GREETING).toBeUndefined();
      expect(Object.values(environment).join()).not.toContain('ünïcode');
    }
  });

  test('ps:restart replaces them all', async () => {
    const before = await world.containers.ids();
    await world.heroku('ps:restart');
    await allReplaced(before);
    await world.up(...ALL);
    const now = await world.containers.ids();
    expect(before.filter((id) => now.includes(id))).toEqual([]);
    await world.reached(SHOP, hello(EXACT));
  });

  test('a container that is killed has crashed, and is replaced', async () => {
    const before = await world.containers.ofDynos();
    await world.measured('kill to replaced and serving', async () => {
      await world.containers.kill('web.2');
      await until('web.2 to have another container', async () => {
        const now = await world.containers.ofDynos();
        return now.some(({ dyno, id }) => dyno === 'web.2' && before.every((old) => old.id !== id));
      });
      await world.reached(SHOP, [`Hello from web.2! ${EXACT}\n`]);
    });
    await world.logged(
      /heroku\[web\.2\]: Process exited with status 137/,
      /heroku\[web\.2\]: State changed from up to crashed/,
    );
    await world.up(...ALL);
    const others = before.filter(({ dyno }) => dyno !== 'web.2').map(({ id }) => id);
    expect(await world.containers.ids()).toEqual(expect.arrayContaining(others));
  });

  test('a dyno whose time has come is cycled by the tick of EventBridge, its replacement first', async () => {
    const [old, ...others] = await world.containers.ofDynos();
    await beforeItsTime(world, 'web.1');
    await world.logged(/heroku\[web\.1\]: Cycling/);
    await until('web.1 to be another container', async () => {
      const now = await world.containers.ofDynos();
      return now.length === ALL.length && now.every(({ id }) => id !== old?.id);
    });
    expect(await world.containers.ids()).toEqual(expect.arrayContaining(others.map(({ id }) => id)));
    await world.up(...ALL);
    await world.reached(SHOP, hello(EXACT));
  });

  test('run: output, exit status, a terminal, through the rendezvous', async () => {
    expect(await world.heroku(`run 'echo $DYNO; echo "$GREETING"; env | grep -c DYNOFORM'`)).toMatch(
      new RegExp(`^run\\.\\d{4}\\n${literally(EXACT)}\\n0$`, 'm'),
    );
    expect((await world.terminal.run(`heroku run -x 'exit 7'`)).status).toBe(7);
    const shown = await world.terminal.interactive('heroku run bash', [
      { after: /\$ $|# $/, text: 'stty size; test -t 0 && echo "tty: yes"\r' },
      { after: /tty: yes\r/, text: 'exit\r' },
    ]);
    expect(shown).toMatch(/31 97/);
    await until('one-offs to be gone', async () => (await world.containers.ids()).length === ALL.length);
  });

  const allReplaced = (before: readonly string[]) =>
    until('all containers to be others', async () => {
      const now = await world.containers.ids();
      return now.length === ALL.length && now.every((id) => !before.includes(id));
    });
}

const literally = (text: string) => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
