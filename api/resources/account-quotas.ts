import { ecoUseMs, usedMs } from '../../core/account/eco-pool.ts';
import { notFound } from '../../core/failure.ts';
import { ecoPoolRecord } from '../../core/records/eco-pool.ts';
import { err, ok } from '../../core/result.ts';
import { HOUR_MS, SECOND_MS } from '../../core/time.ts';
import { type Route, route } from '../route.ts';
import { ownAccount } from './account.ts';

const seconds = (ms: number) => Math.floor(ms / SECOND_MS);

/** Not in Heroku's published schema: `heroku ps` prints it as an Eco app's dyno hours. Without a limit there is nothing to print. */
export const accountQuotaRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/accounts/:account/actions/get-quota',
    permission: 'account',
    async handle({ platform, actor, params }) {
      const own = ownAccount(actor, params.account);
      if (!own.ok) return own;
      const { ecoHoursPerMonth } = platform;
      if (ecoHoursPerMonth === undefined) return err(notFound('account quota'));
      const pool = (await ecoPoolRecord.get(platform.store, actor.accountId))?.value;
      const nowMs = platform.clock.nowMs();
      const quota = ecoHoursPerMonth * HOUR_MS;
      return ok({
        body: {
          account_quota: seconds(quota),
          // A pass may put dynos to sleep a moment late; the remaining quota is never negative.
          quota_used: seconds(Math.min(quota, usedMs(pool, nowMs))),
          apps: [...ecoUseMs(pool, nowMs)].map(([appId, ms]) => ({ app_uuid: appId, quota_used: seconds(ms) })),
        },
      });
    },
  }),
];
