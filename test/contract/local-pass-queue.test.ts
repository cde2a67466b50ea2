import { LocalPassQueue } from '../../adapters/local/pass-queue.ts';
import { passRequestsContract } from './pass-requests.contract.ts';

passRequestsContract('In process', () => {
  const passRequests = new LocalPassQueue(() => undefined);
  return { passRequests, handle: (handler) => passRequests.handle(handler), close: () => passRequests.close() };
});
