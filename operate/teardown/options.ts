import { parseArgs } from 'node:util';

export interface TeardownOptions {
  readonly stage: string;
  readonly region: string | undefined;
  /** Also remove the data: table, buckets, images, secrets, key, logs. */
  readonly data: boolean;
  readonly dryRun: boolean;
  /** The stage's name again, which replaces the question. */
  readonly yes: string | undefined;
}

export const USAGE = `npm run teardown -- STAGE [--region REGION] [--data] [--dry-run] [--yes STAGE]

  STAGE          a stage of dynoform.config.ts
  --region       which of its regions; needed when it has several
  --data         delete the data too, permanently: table, buckets, images, secrets, key, logs
  --dry-run      only print the plan
  --help         this text
  --yes STAGE    confirm with the stage's name instead of being asked for it
`;

/** @throws {Error} that says what is wrong, with the usage. */
export function readTeardownOptions(args: readonly string[]): TeardownOptions {
  const { values, positionals } = parse(args);
  const [stage, ...more] = positionals;
  if (stage === undefined || more.length > 0) throw new Error(`Name one stage.\n\n${USAGE}`);
  if (values.yes !== undefined && values.yes !== stage) {
    throw new Error(`--yes names "${values.yes}", but the stage is "${stage}"`);
  }
  return {
    stage,
    region: values.region,
    data: values.data ?? false,
    dryRun: values['dry-run'] ?? false,
    yes: values.yes,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        region: { type: 'string' },
        data: { type: 'boolean' },
        'dry-run': { type: 'boolean' },
        yes: { type: 'string' },
      },
    });
  } catch (error) {
    throw new Error(`${(error as Error).message}\n\n${USAGE}`);
  }
}
