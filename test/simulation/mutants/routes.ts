import { type Mutant, manager } from './mutant.ts';

export const ROUTES: readonly Mutant[] = [
  {
    name: 'dynos are stopped before they leave the routes',
    edits: [
      manager('leave.ts', "isProbed(dyno) && dyno.state === 'up' ? nowMs + DRAIN_MS : nowMs", 'nowMs + 0 * DRAIN_MS'),
      manager('carry-out.ts', '  else if (news) routes.publish(wanted, nextVersion(held.expect));\n', ''),
      manager(
        'carry-out.ts',
        '  stops.note(app.id, plan.stops, sent, nowMs);\n',
        '  stops.note(app.id, plan.stops, sent, nowMs);\n  if (wanted !== undefined && news) routes.publish(wanted, nextVersion(held.expect));\n',
      ),
    ],
  },
];
