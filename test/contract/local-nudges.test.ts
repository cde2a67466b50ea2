import { LocalNudges } from '../../adapters/local/nudges.ts';
import { nudgesContract } from './nudges.contract.ts';

nudgesContract('In process', () => {
  const nudges = new LocalNudges(() => undefined);
  return { nudges, close: () => nudges.close() };
});
