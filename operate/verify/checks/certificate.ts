import type { Domain } from '../../../client/shapes.ts';
import { type Check, proven, refuted, unproven } from '../check.ts';
import { APP } from '../deploy-app.ts';
import { eventually } from '../world.ts';

export const certificate: Check = {
  name: 'certificate',
  proves: 'ACM takes the request for a custom domain, and the API shows the DNS record that it waits for',
  how: '--custom-domain is added to the app, with automated certificates, until its state is known; then it is removed',
  run: async (world) => {
    const { domain, customDomain } = world.options;
    if (domain === undefined || customDomain === undefined) return unproven('needs --domain and --custom-domain');
    await world.api.call('POST', `/apps/${APP}/domains`, { hostname: customDomain, sni_endpoint: null });
    await world.api.call('POST', `/apps/${APP}/acm`);
    const found = await eventually(world, `the certificate of ${customDomain}`, 10, async () => {
      const now = await world.api.call<Domain>('GET', `/apps/${APP}/domains/${customDomain}`);
      const settled = now.acm_status !== null && (now.acm_status !== 'pending' || now.acm_status_reason !== null);
      return settled ? now : undefined;
    });
    await world.api.call('DELETE', `/apps/${APP}/domains/${customDomain}`);
    if (found === undefined) return refuted('ten minutes later it still has no state');
    const text = `${found.acm_status}: ${found.acm_status_reason ?? ''}`;
    return found.acm_status === 'failed' ? refuted(text) : proven(text);
  },
};
