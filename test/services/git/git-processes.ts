import { readdirSync, readFileSync } from 'node:fs';

/** This platform's git processes: they work in the app's repository or name it. */
export function gitProcesses(appId: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((id) => {
      try {
        const environment = readFileSync(`/proc/${id}/environ`, 'utf8');
        return (
          readFileSync(`/proc/${id}/comm`, 'utf8').startsWith('git') && environment.includes(`PATH_INFO=/${appId}.git`)
        );
      } catch {
        return false;
      }
    });
}
