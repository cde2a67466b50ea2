/** `npx dynoform env`: the same lines as `npm run -s env`, for a bridge. */
import { CONNECT_DIRECTORY } from './options.ts';

const named = process.argv.some((argument) => argument.startsWith('--data-dir'));
if (!named) process.argv.push('--data-dir', CONNECT_DIRECTORY);
await import('../env.ts');
