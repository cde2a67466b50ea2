import { herokuLifecycle } from './heroku-lifecycle.ts';

jest.setTimeout(600_000);

herokuLifecycle();
