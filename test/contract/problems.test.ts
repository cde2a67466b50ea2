import { createJsonLog } from '../../adapters/json-log.ts';
import { createTextLog } from '../../adapters/local/text-log.ts';
import { problemsContract } from './problems.contract.ts';

problemsContract('The log of functions and services', (nowMs, write) => createJsonLog({ name: 'api', nowMs, write }));
problemsContract('The log of one machine', (nowMs, write) => createTextLog({ nowMs, write }));
