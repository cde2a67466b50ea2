import { LocalPassQueue } from '../../adapters/local/pass-queue.ts';
import { IGNORED_PROBLEMS } from '../problems.ts';
import { passRequestsContract } from './pass-requests.contract.ts';

passRequestsContract('In process', () => {
  const passRequests = new LocalPassQueue('a pass failed', IGNORED_PROBLEMS);
  return { passRequests, handle: (handler) => passRequests.handle(handler), close: () => passRequests.close() };
});
