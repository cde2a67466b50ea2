import { herokuLifecycle } from '../cli/heroku-lifecycle.ts';
import { IMAGE } from './image.ts';

jest.setTimeout(600_000);

herokuLifecycle('--runtime', 'docker', '--docker-image', IMAGE);
