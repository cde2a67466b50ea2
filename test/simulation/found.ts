import type { ScriptEvent } from './script.ts';

/** A bug that the simulation has found: the seed and the shortest script that showed it. */
export interface FoundBug {
  readonly name: string;
  readonly seed: number;
  readonly script: readonly ScriptEvent[];
}

/** None of them may come back; each is also planted again (mutants.ts), and its script must then find it. */
export const FOUND: readonly FoundBug[] = [
  {
    name: 'a manager trusts what it told the routers before another one did',
    seed: 4,
    script: [
      { salt: 0, kind: 'create', preboot: false },
      { salt: 1, kind: 'wait', ms: 5_000 },
      { salt: 2, kind: 'deploy', app: 0, web: 'good' },
      { salt: 3, kind: 'wait', ms: 60_000 },
      { salt: 4, kind: 'deploy', app: 0, web: 'good' },
      { salt: 5, kind: 'wait', ms: 60_000 },
      { salt: 6, kind: 'deploy', app: 0, web: 'good' },
      { salt: 7, kind: 'wait', ms: 60_000 },
      { salt: 8, kind: 'deploy', app: 0, web: 'good' },
      { salt: 9, kind: 'wait', ms: 60_000 },
      { salt: 10, kind: 'deploy', app: 0, web: 'good' },
      { salt: 11, kind: 'wait', ms: 60_000 },
    ],
  },
  {
    name: 'an app whose record is missing loses its dynos',
    seed: 16,
    script: [
      { salt: 0, kind: 'create', preboot: false },
      { salt: 1, kind: 'deploy', app: 0, web: 'good' },
      { salt: 2, kind: 'wait', ms: 60_000 },
      { salt: 3, kind: 'app-unreadable', app: 0, minutes: 25 },
      { salt: 4, kind: 'wait', ms: 1_200_000 },
    ],
  },
  {
    name: 'config:set releases an app without its code',
    seed: 322,
    script: [
      { salt: 0, kind: 'create', preboot: false },
      { salt: 1, kind: 'deploy', app: 0, web: 'good' },
      { salt: 2, kind: 'wait', ms: 60_000 },
      { salt: 3, kind: 'release-unreadable', app: 0, minutes: 9 },
      { salt: 4, kind: 'config', app: 0 },
    ],
  },
  {
    name: 'a task that is not launched is replaced under its own id',
    seed: 7,
    script: [
      { salt: 0, kind: 'create', preboot: false },
      { salt: 1, kind: 'wait', ms: 5_000 },
      { salt: 2, kind: 'launches', how: 'stuck', times: 1 },
      { salt: 3, kind: 'deploy', app: 0, web: 'good' },
      { salt: 4, kind: 'wait', ms: 1_200_000 },
    ],
  },
  {
    name: 'a crash of the platform runs a command twice',
    seed: 9,
    script: [
      { salt: 0, kind: 'create', preboot: false },
      { salt: 1, kind: 'wait', ms: 5_000 },
      { salt: 2, kind: 'deploy', app: 0, web: 'good' },
      { salt: 3, kind: 'wait', ms: 60_000 },
      { salt: 4, kind: 'fault', fault: { call: 'start', what: 'fails-after', skip: 0, times: 8 } },
      { salt: 5, kind: 'run', app: 0, command: 'good', attach: false },
      { salt: 6, kind: 'wait', ms: 8_000 },
      { salt: 7, kind: 'process-killed', index: 0 },
      { salt: 8, kind: 'wait', ms: 120_000 },
    ],
  },
  {
    name: 'starts that waited through an outage are given up at once',
    seed: 4,
    script: [
      { salt: 0, kind: 'create', preboot: false },
      { salt: 1, kind: 'wait', ms: 5_000 },
      { salt: 2, kind: 'fault', fault: { call: 'start', what: 'dies-before', skip: 0, times: 1 } },
      { salt: 3, kind: 'deploy', app: 0, web: 'good' },
      { salt: 4, kind: 'wait', ms: 10_000 },
      { salt: 5, kind: 'outage', minutes: 12 },
      { salt: 6, kind: 'wait', ms: 1_200_000 },
    ],
  },
  {
    name: 'a command runs again once the runtime has forgotten that it ran',
    seed: 31,
    script: [
      { salt: 0, kind: 'create', preboot: false },
      { salt: 1, kind: 'wait', ms: 5_000 },
      { salt: 2, kind: 'deploy', app: 0, web: 'good' },
      { salt: 3, kind: 'wait', ms: 60_000 },
      { salt: 4, kind: 'fault', fault: { call: 'start', what: 'dies-after', skip: 0, times: 1 } },
      { salt: 5, kind: 'run', app: 0, command: 'crashes-at-once', attach: false },
      { salt: 6, kind: 'wait', ms: 20_000 },
      { salt: 7, kind: 'outage', minutes: 75 },
      { salt: 8, kind: 'wait', ms: 5_400_000 },
    ],
  },
  {
    name: 'a purge that its pass did not get to waits for a day',
    seed: 1,
    script: [
      { salt: 0, kind: 'create', preboot: false },
      { salt: 1, kind: 'wait', ms: 60_500 },
      { salt: 2, kind: 'delete', app: 0 },
      { salt: 3, kind: 'fault', fault: { call: 'list', what: 'fails-before', skip: 0, times: 4 } },
      { salt: 4, kind: 'fault', fault: { call: 'transact', what: 'fails-after', skip: 0, times: 1 } },
      { salt: 5, kind: 'wait', ms: 300_000 },
    ],
  },
  {
    name: 'an old picture of its task makes a dyno that serves look like one that boots',
    seed: 1,
    script: [
      { salt: 0, kind: 'create', preboot: false },
      { salt: 8, kind: 'deploy', app: 0, web: 'good', worker: 'good' },
      { salt: 51, kind: 'scale', app: 0, web: 0, worker: 3 },
      { salt: 52, kind: 'wait', ms: 1_000 },
      { salt: 53, kind: 'moved-to-space', app: 0, size: 'Shield-M' },
      { salt: 62, kind: 'fault', fault: { call: 'observe', what: 'late', skip: 0, times: 1 } },
      { salt: 68, kind: 'fault', fault: { call: 'observe', what: 'stale', skip: 0, times: 1 } },
      { salt: 75, kind: 'wait', ms: 60_000 },
    ],
  },
  {
    name: 'what cannot be read for a moment starts a dyno beside itself',
    seed: 4,
    script: [
      { salt: 0, kind: 'create', preboot: false },
      { salt: 1, kind: 'wait', ms: 5_000 },
      { salt: 2, kind: 'fault', fault: { call: 'start', what: 'fails-after', skip: 0, times: 1 } },
      { salt: 3, kind: 'deploy', app: 0, web: 'good' },
      { salt: 4, kind: 'wait', ms: 2_000 },
      { salt: 5, kind: 'fault', fault: { call: 'get', what: 'fails-before', skip: 4, times: 1 } },
      { salt: 6, kind: 'wait', ms: 60_000 },
    ],
  },
  {
    name: 'the dynos between two rolling deploys are all replaced at once',
    seed: 1,
    script: [
      { salt: 0, kind: 'create', preboot: false },
      { salt: 1, kind: 'wait', ms: 5_000 },
      { salt: 2, kind: 'deploy', app: 0, web: 'good' },
      { salt: 3, kind: 'moved-to-space', app: 0, size: 'Shield-M' },
      { salt: 4, kind: 'scale', app: 0, web: 10, worker: 0 },
      { salt: 5, kind: 'wait', ms: 60_000 },
      { salt: 6, kind: 'deploy', app: 0, web: 'good' },
      { salt: 7, kind: 'exit', app: 0, task: 9 },
      { salt: 8, kind: 'exit', app: 0, task: 8 },
      { salt: 9, kind: 'exit', app: 0, task: 7 },
      { salt: 10, kind: 'wait', ms: 20_000 },
      { salt: 11, kind: 'deploy', app: 0, web: 'good' },
      { salt: 12, kind: 'wait', ms: 300_000 },
    ],
  },
  {
    name: 'a dyno that used much memory before it crashed skips its back-off',
    seed: 10,
    script: [
      { salt: 26, kind: 'wait', ms: 17866052 },
      { salt: 88, kind: 'create', preboot: false },
      { salt: 89, kind: 'wait', ms: 0 },
      { salt: 96, kind: 'deploy', app: 0, web: 'crashes-early', worker: 'crashes-at-once' },
      { salt: 97, kind: 'wait', ms: 0 },
      { salt: 112, kind: 'settings', app: 0, cycling: true, memoryPercent: 110 },
      { salt: 116, kind: 'wait', ms: 1195759 },
      { salt: 141, kind: 'deploy', app: 0, web: 'good', release: 'release-good' },
      { salt: 142, kind: 'wait', ms: 0 },
      { salt: 143, kind: 'wait', ms: 32082 },
      { salt: 144, kind: 'scale', app: 0, web: 5, worker: 0 },
      { salt: 146, kind: 'rollback', app: 0, back: 1 },
      { salt: 147, kind: 'wait', ms: 60000 },
      { salt: 148, kind: 'memory', app: 0, task: 6 },
      { salt: 151, kind: 'wait', ms: 1359573 },
    ],
  },
  {
    name: 'jobs end while the record of their release is missing',
    seed: 213,
    script: [
      { salt: 0, kind: 'create', preboot: false },
      {
        salt: 1,
        kind: 'deploy',
        app: 0,
        web: 'good',
        cron: [
          { name: 'clean', schedule: '* * * * *', timezone: 'UTC', command: 'job', overlap: 'allow', catchUp: 'none' },
        ],
      },
      { salt: 2, kind: 'wait', ms: 150_000 },
      { salt: 3, kind: 'release-unreadable', app: 0, minutes: 5 },
      { salt: 4, kind: 'wait', ms: 300_000 },
    ],
  },
];
