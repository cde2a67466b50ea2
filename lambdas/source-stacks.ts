import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';

/** `name (file:///var/task/index.mjs:1:2345)` or the place alone. */
const PLACE = /file:\/\/(\/.+\.mjs):(\d+):(\d+)/;

const maps = new Map<string, SourceMap | undefined>();

/**
 * Stacks name our sources, as with Node's `--enable-source-maps`. Node reads all maps at each cold start; this reads them at
 * the first stack.
 */
export function nameSourcesInStacks(): void {
  Error.prepareStackTrace = (error, sites) =>
    [headOf(error), ...sites.map((site) => `    at ${String(site).replace(PLACE, placeInSource)}`)].join('\n');
}

function headOf(error: Error): string {
  try {
    return String(error);
  } catch {
    return 'an error that cannot be printed';
  }
}

function placeInSource(place: string, file: string, line: string, column: string): string {
  const origin = mapOf(file)?.findOrigin(Number(line), Number(column));
  if (origin === undefined || !('fileName' in origin)) return place;
  return `${origin.fileName.replace(/^(\.\.\/)+/, '')}:${origin.lineNumber}:${origin.columnNumber}`;
}

function mapOf(file: string): SourceMap | undefined {
  if (!maps.has(file)) maps.set(file, readMap(`${file}.map`));
  return maps.get(file);
}

function readMap(file: string): SourceMap | undefined {
  try {
    return new SourceMap(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    // A stack without sources is better than none.
    return undefined;
  }
}
