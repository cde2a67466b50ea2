import { readFileSync } from 'node:fs';
import { err, ok, type Result } from '../../core/result.ts';

/** From a file, standard input or the environment, never from an argument, which every process on the machine can read. */
export function readToken(
  tokenFile: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Result<string, string> {
  const text = tokenFile === undefined ? ok(environment.DYNOFORM_TOKEN ?? '') : readTokenFile(tokenFile);
  if (!text.ok) return text;
  const token = text.value.trim();
  if (token === '') return err('No access token: give --token-file FILE, or set DYNOFORM_TOKEN.');
  // Other characters would make an invalid header, and the error message would contain it.
  if (!/^[\x21-\x7e]+$/.test(token))
    return err('The access token contains spaces or line breaks: pass the token alone.');
  return ok(token);
}

function readTokenFile(file: string): Result<string, string> {
  try {
    return ok(readFileSync(file === '-' ? 0 : file, 'utf8'));
  } catch (error) {
    return err(`Cannot read --token-file ${file} (${(error as NodeJS.ErrnoException).code}).`);
  }
}
