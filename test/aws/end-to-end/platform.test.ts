import { changeSteps } from './steps/changes.ts';
import { deploySteps } from './steps/deploy.ts';
import { domainSteps } from './steps/domains.ts';
import { dynoSteps } from './steps/dynos.ts';
import { firstReleaseSteps } from './steps/first-release.ts';
import { World } from './world.ts';

/** The real app, deployed like a user does and used with the unmodified Heroku CLI. Steps build on each other. */

/** A cold machine bundles seven functions and installs the CLI. */
jest.setTimeout(300_000);

const world = new World();

beforeAll(() => world.open());
afterAll(() => world.close());

describe('deploying', () => deploySteps(world));
describe('the first release', () => firstReleaseSteps(world));
describe('dynos', () => dynoSteps(world));
describe('domains', () => domainSteps(world));
describe('changes', () => changeSteps(world));
