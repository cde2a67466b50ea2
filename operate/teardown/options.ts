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
  --data         remove the data too, for ever: table, buckets, images, secrets, key, logs
  --dry-run      only say what would be done
  --yes STAGE    the stage's name again, instead of being asked for it
`;

/** @throws {Error} that says what is wrong, with the usage. */
export function readTeardownOptions(args: readonly string[]): TeardownOptions {
  const { values, positionals } = parse(args);
  const [stage, ...more] = positionals;
  if (stage === undefined || more.length > 0) throw new Error(`Say one stage.\n\n${USAGE}`);
  if (values.yes !== undefined && values.yes !== stage) {
    throw new Error(`--yes: it says "${values.yes}", and the stage is "${stage}"`);
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
