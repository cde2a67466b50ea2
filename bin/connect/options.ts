import path from 'node:path';
import { parseArgs } from 'node:util';
import { err, ok, type Result } from '../../core/result.ts';

export interface ConnectOptions {
  /** The API's origin: scheme, host and port. */
  readonly api: URL;
  readonly port: number;
  /** Absolute. Holds this bridge's own key and certificate, never the platform's token. */
  readonly dataDirectory: string;
  /** `-`: standard input. Absent: the variable DYNOFORM_TOKEN. */
  readonly tokenFile?: string;
}

export type ParsedConnect = { readonly kind: 'connect'; readonly options: ConnectOptions } | { readonly kind: 'help' };

export const CONNECT_DIRECTORY = '.dynoform-connect';

export const CONNECT_HELP = `Usage: bin/dynoform connect URL [options]

Lets the unmodified Heroku CLI and git on this machine drive the platform at URL (its API): a bridge on 127.0.0.1
that adds TLS and the access token. The CLI by itself talks to heroku.com and to localhost only.

  --token-file FILE   file with the access token, - for standard input   (or the variable DYNOFORM_TOKEN)
  --port PORT         port on 127.0.0.1                                  (default 5001)
  --data-dir DIR      where the bridge's own key and certificate are     (default ${CONNECT_DIRECTORY})
  --help              this text

When it is ready it prints the line that sets up another terminal.
`;

const FLAGS = {
  'token-file': { type: 'string' },
  port: { type: 'string' },
  'data-dir': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

export function parseConnect(argv: readonly string[], workingDirectory: string): Result<ParsedConnect, string> {
  const parsed = readFlags(argv);
  if (!parsed.ok) return parsed;
  const { values, positionals } = parsed.value;
  if (values.help) return ok({ kind: 'help' });
  const [text, ...rest] = positionals;
  if (text === undefined)
    return err('connect needs the URL of the platform: bin/dynoform connect https://api.example.com');
  if (rest.length > 0) return err(`connect takes one URL: "${rest[0]}" must be left out.`);
  const api = parseApi(text);
  if (!api.ok) return api;
  const port = Number(values.port ?? 5001);
  if (!/^\d+$/.test(values.port ?? '5001') || port < 1 || port > 65_535) {
    return err(`--port is "${values.port}": give a port from 1 to 65535.`);
  }
  const tokenFile = values['token-file'];
  if (tokenFile === '') return err('--token-file is empty: give a file, or - for standard input.');
  return ok({
    kind: 'connect',
    options: {
      api: api.value,
      port,
      dataDirectory: path.resolve(workingDirectory, values['data-dir'] ?? CONNECT_DIRECTORY),
      ...(tokenFile === undefined ? {} : { tokenFile }),
    },
  });
}

function readFlags(argv: readonly string[]) {
  try {
    return ok(parseArgs({ args: [...argv], options: FLAGS, strict: true, allowPositionals: true }));
  } catch (error) {
    return err(`${(error as Error).message.split('. ')[0]}. See --help.`);
  }
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

function parseApi(text: string): Result<URL, string> {
  if (!URL.canParse(text))
    return err(`"${text}" is not a URL: give the platform's address, such as https://api.example.com`);
  const url = new URL(text);
  // Otherwise a token in the URL would appear in the shell's history, and in error messages.
  if (url.username !== '' || url.password !== '')
    return err('The URL has a user name or password: give the token with --token-file.');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return err(`${url.origin} must begin with https://.`);
  if (url.protocol === 'http:' && !LOOPBACK.has(url.hostname)) {
    return err(`http://${url.host} would send the access token unencrypted: use https://.`);
  }
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    return err(`Give the address without a path: ${url.origin}`);
  }
  return ok(url);
}
