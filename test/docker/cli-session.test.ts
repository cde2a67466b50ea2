import { herokuSession } from '../cli/heroku-session.ts';
import { IMAGE } from './image.ts';

jest.setTimeout(600_000);

herokuSession('--runtime', 'docker', '--docker-image', IMAGE);
