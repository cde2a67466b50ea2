import type { ConfigInput } from '../../lib/config/schema.ts';
import type { VerifyOptions } from './options.ts';

export const STAGE = 'verify';
export const STAGE_VARIABLE = 'DYNOFORM_VERIFY_STAGE';
/** On each stack: a user may have a stage of this name. */
export const TAG = 'dynoform-verify';

/** The smallest platform; nothing of it is kept. */
export function stageFields(options: VerifyOptions, account: string): ConfigInput['stages'][number] {
  const { region, architecture, domain, hostedZoneId } = options;
  const machines = { min: 0, max: 2 };
  return {
    name: STAGE,
    regions: [region],
    account,
    profile: 'minimal',
    ...(domain === undefined
      ? { plainHttp: true }
      : { domain: { name: domain, ...(hostedZoneId === undefined ? {} : { hostedZoneId }) } }),
    keepData: false,
    capacity: {
      arm64: architecture === 'arm64' ? machines : false,
      amd64: architecture === 'amd64' ? machines : false,
    },
    // A new account has ten executions, of which nothing can be reserved.
    features: { reservedConcurrency: false },
    tags: { [TAG]: 'true' },
  };
}
