import type { FormationEntry } from '../records/formation.ts';

/** `Scaled to web@10:Standard-1X worker@2:Standard-1X by user …` */
export function scaledLine(entries: readonly FormationEntry[], email: string): string {
  const parts = entries.map(({ type, quantity, size }) => `${type}@${quantity}:${size}`);
  return `Scaled to ${parts.join(' ')} by user ${email}`;
}
