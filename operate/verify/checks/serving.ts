import { type Check, proven, refuted } from '../check.ts';

export const serving: Check = {
  name: 'serving',
  proves: 'a dyno on a machine of its own group answers through the load balancer and the router',
  how: 'GET / of the app',
  run: async ({ app }) =>
    app.answer === undefined
      ? refuted('the app never answered')
      : proven(`it answered ${JSON.stringify(app.answer.trim())}`),
};
