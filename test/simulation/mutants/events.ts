import { type Mutant, slip } from './mutant.ts';

export const EVENTS: readonly Mutant[] = [
  slip('a pass writes no events', 'execute/carry-out.ts', '      ...writeEvents(platform, app.id, events),\n', ''),
  slip(
    'a failed start writes no events',
    'execute/start-dynos.ts',
    '      ...writeEvents(platform, app.id, events),\n',
    '',
  ),
  slip(
    'a crash with a new start is an ordinary end',
    'execute/dyno-events.ts',
    "dyno.startedBecause === 'crash'",
    'false',
  ),
  slip('each write of a dyno is an event', 'execute/dyno-events.ts', 'was === dyno.state ? []', "was === 'idle' ? []"),
  {
    name: 'the end of a release command is no event',
    edits: [
      {
        file: 'core/release/complete-release-phase.ts',
        find: "    this.events.push(releaseEvent('update', this.#app, release));\n",
        replace: "    if (status === 'failed') this.events.push(releaseEvent('update', this.#app, release));\n",
      },
    ],
  },
];
