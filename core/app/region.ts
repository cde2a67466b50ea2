import { type Failure, invalid, notFound } from '../failure.ts';
import { err, ok, type Result } from '../result.ts';

export interface Region {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly country: string;
  readonly locale: string;
  readonly awsRegion: string;
  /** Only for apps in a private space. */
  readonly privateCapable: boolean;
}

type Row = readonly [name: string, description: string, country: string, locale: string, awsRegion: string];

const rows: readonly Row[] = [
  ['us', 'United States', 'United States', 'Virginia', 'us-east-1'],
  ['eu', 'Europe', 'Ireland', 'Dublin', 'eu-west-1'],
  ['dublin', 'Dublin, Ireland', 'Ireland', 'Dublin', 'eu-west-1'],
  ['frankfurt', 'Frankfurt, Germany', 'Germany', 'Frankfurt', 'eu-central-1'],
  ['london', 'London, United Kingdom', 'United Kingdom', 'London', 'eu-west-2'],
  ['montreal', 'Montreal, Canada', 'Canada', 'Montreal', 'ca-central-1'],
  ['mumbai', 'Mumbai, India', 'India', 'Mumbai', 'ap-south-1'],
  ['oregon', 'Oregon, United States', 'United States', 'Oregon', 'us-west-2'],
  ['singapore', 'Singapore', 'Singapore', 'Singapore', 'ap-southeast-1'],
  ['sydney', 'Sydney, Australia', 'Australia', 'Sydney', 'ap-southeast-2'],
  ['tokyo', 'Tokyo, Japan', 'Japan', 'Tokyo', 'ap-northeast-1'],
  ['virginia', 'Virginia, United States', 'United States', 'Virginia', 'us-east-1'],
];

/** The two of the Common Runtime first. Each id contains the place in the list: append, never reorder. */
export const REGIONS: readonly Region[] = rows.map(([name, description, country, locale, awsRegion], index) => ({
  id: `4e610000-0000-4000-8000-${String(index + 1).padStart(12, '0')}`,
  name,
  description,
  country,
  locale,
  awsRegion,
  privateCapable: index >= 2,
}));

export const DEFAULT_REGION = 'us';

export function findRegion(nameOrId: string): Result<Region, Failure> {
  const region = REGIONS.find(({ id, name }) => id === nameOrId || name === nameOrId);
  return region === undefined ? err(notFound('region')) : ok(region);
}

/** Regions of private spaces accept no app without a space. */
export function commonRuntimeRegion(nameOrId: string): Result<Region, Failure> {
  const found = findRegion(nameOrId);
  if (!found.ok || !found.value.privateCapable) return found;
  return err(invalid(`Region ${found.value.name} is only available to apps in a private space. Use us or eu.`));
}
