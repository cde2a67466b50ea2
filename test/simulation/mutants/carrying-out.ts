import { type Mutant, manager } from './mutant.ts';

export const CARRYING_OUT: readonly Mutant[] = [
  {
    name: 'the dirty flag is cleared as it is after the look',
    edits: [
      manager(
        'dyno-manager.ts',
        '    const held = await readMark(platform.store, appId);\n    const samples',
        '    const samples',
      ),
      manager(
        'dyno-manager.ts',
        '    if (read === undefined) return removeUnowned(appId);\n',
        '    if (read === undefined) return removeUnowned(appId);\n    const held = await readMark(platform.store, appId);\n',
      ),
    ],
  },
  {
    name: 'plans are not fenced',
    edits: [
      manager('mark.ts', 'expect: held.expect, due }', "expect: 'any', due }"),
      manager('mark.ts', 'key: appKey(appId), expect: appVersion }', "key: appKey(appId), expect: 'any' }"),
    ],
  },
];
