import type { World } from './world.ts';

/** `refuted`: it is not so. `unproven`: it could not be checked, and why. */
export interface Verdict {
  readonly kind: 'proven' | 'refuted' | 'unproven';
  readonly text: string;
}

/** A check that only a real account can prove. */
export interface Check {
  readonly name: string;
  readonly proves: string;
  readonly how: string;
  readonly run: (world: World) => Promise<Verdict>;
}

export const proven = (text: string): Verdict => ({ kind: 'proven', text });
export const refuted = (text: string): Verdict => ({ kind: 'refuted', text });
export const unproven = (text: string): Verdict => ({ kind: 'unproven', text });
