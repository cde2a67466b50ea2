import type { Check } from './check.ts';
import { build } from './checks/build.ts';
import { certificate } from './checks/certificate.ts';
import { dedicated } from './checks/dedicated.ts';
import { git } from './checks/git.ts';
import { grants } from './checks/grants.ts';
import { images } from './checks/images.ts';
import { logs } from './checks/logs.ts';
import { machines } from './checks/machines.ts';
import { placement } from './checks/placement.ts';
import { serving } from './checks/serving.ts';
import { tags } from './checks/tags.ts';
import { idle, terminal } from './checks/terminal.ts';
import { tick } from './checks/tick.ts';

/** In this order: the last one removes the app's dynos. */
export const CHECKS: readonly Check[] = [
  tags,
  grants,
  tick,
  build,
  images,
  serving,
  placement,
  logs,
  terminal,
  idle,
  dedicated,
  git,
  certificate,
  machines,
];
