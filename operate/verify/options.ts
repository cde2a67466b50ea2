import { parseArgs } from 'node:util';

export interface VerifyOptions {
  readonly region: string;
  readonly architecture: 'arm64' | 'amd64';
  /** With a domain, apps, API and services have their own names, over TLS; git and certificates can be checked. */
  readonly domain?: string;
  readonly hostedZoneId?: string;
  /** A name of yours, for which a certificate is requested and never validated. */
  readonly customDomain?: string;
  readonly only: readonly string[];
  readonly yes: boolean;
  readonly list: boolean;
  readonly cleanUp: boolean;
}

export const USAGE = `npm run verify:aws -- [options]

Deploys a platform of its own (stage "verify") into the account of your credentials, checks on it what no emulator can show, and
takes it down again.

  --region REGION             default: us-east-1
  --architecture NAME         of dynos: arm64 (default) or amd64
  --domain NAME               for TLS; needed to check git and certificates
  --hosted-zone ID            the Route 53 zone of that name
  --custom-domain NAME        a name of yours to request a certificate for
  --only CHECK,CHECK          only these
  --list                      list the checks
  --yes                       do not ask before spending money
  --help                      this text
  --clean-up                  only take down what a killed run has left
`;

/** @throws {Error} that says what is wrong, with the usage. */
export function readVerifyOptions(args: readonly string[], checks: readonly string[]): VerifyOptions {
  const values = parse(args);
  const only = values.only?.split(',') ?? checks;
  const unknown = only.find((name) => !checks.includes(name));
  if (unknown !== undefined) throw new Error(`--only: no check is called "${unknown}", only ${checks.join(', ')}`);
  const { architecture = 'arm64', domain, 'hosted-zone': hostedZoneId, 'custom-domain': customDomain } = values;
  if (architecture !== 'arm64' && architecture !== 'amd64') {
    throw new Error(`--architecture: "${architecture}" is neither arm64 nor amd64`);
  }
  if (hostedZoneId !== undefined && domain === undefined) throw new Error('--hosted-zone needs --domain');
  return {
    region: values.region ?? 'us-east-1',
    architecture,
    ...(domain === undefined ? {} : { domain }),
    ...(hostedZoneId === undefined ? {} : { hostedZoneId }),
    ...(customDomain === undefined ? {} : { customDomain }),
    only,
    yes: values.yes ?? false,
    list: values.list ?? false,
    cleanUp: values['clean-up'] ?? false,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        region: { type: 'string' },
        architecture: { type: 'string' },
        domain: { type: 'string' },
        'hosted-zone': { type: 'string' },
        'custom-domain': { type: 'string' },
        only: { type: 'string' },
        yes: { type: 'boolean' },
        list: { type: 'boolean' },
        'clean-up': { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new Error(`${(error as Error).message}\n\n${USAGE}`);
  }
}
