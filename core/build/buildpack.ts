import { type Failure, invalid } from '../failure.ts';
import { err, ok, type Result } from '../result.ts';
import { isPublicHost } from './source-url.ts';

/** A buildpack that comes with the platform. */
export interface ShippedBuildpack {
  readonly id: string;
  readonly name: string;
  readonly description: string;
}

export const SHIPPED_BUILDPACKS: readonly ShippedBuildpack[] = [
  {
    id: 'b111d9ac-0000-4000-8000-000000000001',
    name: 'heroku/nodejs',
    description: 'Node.js apps: npm, yarn or pnpm by lock file',
  },
  { id: 'b111d9ac-0000-4000-8000-000000000002', name: 'dynoform/static', description: 'Static files' },
  {
    id: 'b111d9ac-0000-4000-8000-000000000003',
    name: 'dynoform/procfile',
    description: 'Whatever the Procfile starts',
  },
];

const SHIPPED_NAMES = SHIPPED_BUILDPACKS.map((buildpack) => buildpack.name).join(', ');
const BUILDPACKS_MAX = 20;
const URN = 'urn:buildpack:';
const LENGTH_MAX = 2_048;

export function findShippedBuildpack(nameOrId: string): ShippedBuildpack | undefined {
  return SHIPPED_BUILDPACKS.find(({ name, id }) => name === nameOrId || id === nameOrId);
}

/**
 * The stored form of an app's buildpack: a shipped name, an absolute path on the platform's machine, or the https URL of a git
 * repository (`#branch` or `#tag` allowed) or of an archive.
 */
export function parseBuildpack(text: string): Result<string, Failure> {
  const refuse = (reason: string) => err(invalid(`buildpack ${JSON.stringify(text.slice(0, 100))} ${reason}`));
  if (text.length > LENGTH_MAX) return refuse('is too long.');
  const name = text.startsWith(URN) ? text.slice(URN.length) : text;
  const shipped = findShippedBuildpack(name);
  if (shipped !== undefined) return ok(shipped.name);
  if (name.startsWith('/')) return parsePath(name, refuse);
  if (!URL.canParse(name)) {
    return refuse(`is neither one that the platform ships (${SHIPPED_NAMES}) nor a URL.`);
  }
  const url = new URL(name);
  if (url.protocol === 'file:') {
    // Only plain characters: nobody means an escaped `..` or null byte.
    return url.host === '' && !url.pathname.includes('%') ? parsePath(url.pathname, refuse) : refuse('is not a path.');
  }
  if (url.protocol !== 'https:') return refuse('must begin with https://.');
  if (url.username !== '' || url.password !== '') return refuse('must not contain a user name or password.');
  if (!isPublicHost(url.hostname)) return refuse('must be at a public address.');
  // git would take a branch that begins with a dash for an option.
  if (url.hash !== '' && !/^#\w[\w./-]*$/.test(url.hash)) return refuse('names no valid branch or tag.');
  return ok(url.href);
}

function parsePath(path: string, refuse: (reason: string) => Result<string, Failure>): Result<string, Failure> {
  const plain = !path.includes('\0') && !path.split('/').includes('..');
  return plain ? ok(path) : refuse('must be an absolute path without `..`.');
}

/** As the API shows it: the CLI knows shipped ones by their URN. */
export function buildpackUrl(buildpack: string): string {
  if (buildpack.startsWith('/')) return `file://${buildpack}`;
  return findShippedBuildpack(buildpack) === undefined ? buildpack : `${URN}${buildpack}`;
}

/** The CLI sends an entry without a value for a name that the registry does not have. */
export function parseBuildpacks(texts: readonly (string | undefined)[]): Result<readonly string[], Failure> {
  if (texts.length > BUILDPACKS_MAX) return err(invalid(`buildpacks: at most ${BUILDPACKS_MAX} can be used in a row.`));
  const buildpacks: string[] = [];
  for (const text of texts) {
    if (text === undefined || text === '') {
      return err(
        invalid(`Couldn't find that buildpack. The platform ships ${SHIPPED_NAMES}; give any other by its URL.`),
      );
    }
    const parsed = parseBuildpack(text);
    if (!parsed.ok) return parsed;
    if (buildpacks.includes(parsed.value)) return err(invalid(`buildpack ${parsed.value} is named twice.`));
    buildpacks.push(parsed.value);
  }
  return ok(buildpacks);
}
