import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The addresses of the emulators that `test/aws/start-emulators.sh` started. */
export interface Emulators {
  readonly dynamodbLocal: string;
  readonly moto: string;
  readonly ministack: string;
}

export const emulators: Emulators = read();

function read(): Emulators {
  const path = join(__dirname, '../../../.cache/aws/emulators.json');
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Emulators;
  } catch (cause) {
    throw new Error('the emulators do not run: start them with test/aws/start-emulators.sh', { cause });
  }
}
