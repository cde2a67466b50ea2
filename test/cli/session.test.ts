import { herokuSession } from './heroku-session.ts';

jest.setTimeout(600_000);

herokuSession();
