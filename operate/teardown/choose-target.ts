import type { Config } from '../../lib/config/config.ts';

/** One platform: a stage in a region of an account. */
export interface Target {
  readonly stage: string;
  readonly region: string;
  readonly account: string;
}

/** @throws {Error} which names the conflicting field of dynoform.config.ts. */
export function chooseRegion({ stages }: Config, stageName: string, region: string | undefined): string {
  const index = stages.findIndex(({ name }) => name === stageName);
  const stage = stages[index];
  if (stage === undefined) {
    throw new Error(`stages: none is called "${stageName}", only ${stages.map(({ name }) => name).join(', ')}`);
  }
  const field = `stages[${index}].regions`;
  if (region === undefined) {
    const [only, ...more] = stage.regions;
    if (only === undefined || more.length > 0) {
      throw new Error(`${field}: choose one of ${stage.regions.join(', ')} with --region`);
    }
    return only;
  }
  if (!stage.regions.includes(region)) {
    throw new Error(`${field}: "${region}" is none of ${stage.regions.join(', ')}`);
  }
  return region;
}

/** @throws {Error} when the credentials belong to another account than the stage's. */
export function requireAccount({ stages }: Config, stageName: string, account: string): void {
  const index = stages.findIndex(({ name }) => name === stageName);
  const wanted = stages[index]?.account;
  if (wanted === undefined || wanted === account) return;
  throw new Error(`stages[${index}].account: it is ${wanted}, but these credentials are for ${account}`);
}
