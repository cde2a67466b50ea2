import { CUSTOM_DOMAIN } from '../stage.config.ts';
import type { World } from '../world.ts';

/** A domain of the app's owner, and its certificate. */
export function domainSteps(world: World): void {
  test('domains:add names the DNS target; there is no certificate yet', async () => {
    const added = await world.heroku(`domains:add ${CUSTOM_DOMAIN}`);
    expect(added).toMatch(/DNS Target [a-z]+-[a-z]+-[0-9a-f]{16}\.dns\.dynoform\.test/);
    await expect(world.visit(CUSTOM_DOMAIN)).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });

  test('certs:auto:enable: ACM issues one, it is attached to the listener, and the app answers on it', async () => {
    await world.heroku('certs:auto:enable');
    expect(await world.heroku('certs:auto --wait')).toMatch(/www\.shop\.example +Cert issued/);
    expect((await world.visit(CUSTOM_DOMAIN)).body).toMatch(/^Hello from web\./);
    expect(await world.heroku(`domains:info ${CUSTOM_DOMAIN}`)).toMatch(/acm_status: +cert issued/);
  });
}
