import { type Mutant, manager, slip, slipForTest } from './mutant.ts';

export const ROUTES: readonly Mutant[] = [
  {
    name: 'dynos are stopped before they leave the routes',
    edits: [
      manager(
        'plan/leave.ts',
        "isProbed(dyno) && dyno.state === 'up' ? nowMs + DRAIN_MS : nowMs",
        'nowMs + 0 * DRAIN_MS',
      ),
      manager('execute/carry-out.ts', '  else if (changed) routes.publish(wanted, nextVersion(held.expect));\n', ''),
      manager(
        'execute/carry-out.ts',
        '  stops.note(app.id, plan.stops, sent, nowMs);\n',
        '  stops.note(app.id, plan.stops, sent, nowMs);\n  if (wanted !== undefined && changed) routes.publish(wanted, nextVersion(held.expect));\n',
      ),
    ],
  },
  slipForTest(
    'routes',
    'a dyno that is being killed keeps its route',
    'plan/routes.ts',
    "dyno.state !== 'up' || dyno.stopCause !== undefined",
    "dyno.state !== 'up'",
  ),
  slipForTest(
    'routes',
    'one crashed dyno closes the app',
    'plan/routes.ts',
    "webs.every(({ state }) => state === 'crashed')",
    "webs.some(({ state }) => state === 'crashed')",
  ),
  slip(
    'maintenance is not told to the routers',
    'execute/published-routes.ts',
    'maintenance: app.maintenance,',
    'maintenance: false,',
  ),
  slip('routes go by age', 'plan/routes.ts', 'left.number - right.number || left', 'left'),
  slip(
    'what cannot be seen for a moment loses its route',
    'plan/routes.ts',
    'task === undefined ? !complete :',
    'task === undefined ? false :',
  ),
  slip(
    'the routes of a deleted app stay',
    'execute/carry-out.ts',
    '  if (wanted === undefined) routes.remove(app.id);\n  else if (changed)',
    '  if (wanted !== undefined && changed)',
  ),
  slip(
    'an app without web dynos boots for ever',
    'plan/routes.ts',
    "if ((entryOf(app, 'web')?.quantity ?? 0) === 0) return nowhere('no-web');",
    "if (entryOf(app, 'web') === undefined) return nowhere('no-web');",
  ),
];
