import type { z } from 'zod';
import { type MachineGroup, PROFILES, type ProfileDefaults } from './profiles.ts';
import { type ConfigInput, configSchema, type StageFields } from './schema.ts';

export type Architecture = 'amd64' | 'arm64';

/** A stage with a value for every field. */
export interface StageConfig extends Omit<StageFields, 'zones' | 'capacity' | 'services' | 'logDays' | 'features'> {
  readonly zones: number;
  readonly capacity: {
    readonly machines: Readonly<Partial<Record<Architecture, MachineGroup>>>;
    readonly targetCapacityPercent: number;
    readonly fargate: boolean;
  };
  readonly services: ProfileDefaults['services'];
  readonly logDays: ProfileDefaults['logDays'];
  readonly features: ProfileDefaults['features'] & {
    readonly containerInsights: boolean;
    readonly reservedConcurrency: boolean;
  };
}

export interface Config {
  readonly stages: readonly StageConfig[];
}

/** Gives dynoform.config.ts its types; `readConfig` checks its values. */
export function defineConfig(config: ConfigInput): ConfigInput {
  return config;
}

/** @throws {Error} one line per wrong field, each with the field's name. */
export function readConfig(input: unknown): Config {
  const parsed = configSchema.safeParse(input);
  if (!parsed.success) throw wrong(parsed.error.issues.map(issueLine));
  const stages = parsed.data.stages.map(decide);
  const lines = [...sameNames(stages), ...stages.flatMap((stage, index) => contradictions(stage, `stages[${index}]`))];
  if (lines.length > 0) throw wrong(lines);
  return { stages };
}

function wrong(lines: readonly string[]): Error {
  return new Error(`dynoform.config.ts is wrong:\n${lines.map((line) => `  ${line}`).join('\n')}`);
}

function issueLine(issue: z.core.$ZodIssue): string {
  const at = fieldName(issue.path);
  if (issue.code !== 'unrecognized_keys') return `${at}: ${issue.message}`;
  return issue.keys.map((key) => `${at === '' ? '' : `${at}.`}${key}: there is no such field`).join('\n  ');
}

function fieldName(path: readonly PropertyKey[]): string {
  return path.reduce<string>((name, part) => {
    if (typeof part === 'number') return `${name}[${part}]`;
    return name === '' ? String(part) : `${name}.${String(part)}`;
  }, '');
}

function decide(fields: StageFields): StageConfig {
  const defaults = PROFILES[fields.profile];
  const { arm64, amd64, fargate } = fields.capacity;
  const { containerInsights, reservedConcurrency, ...features } = fields.features;
  return {
    ...fields,
    zones: fields.zones ?? defaults.zones,
    capacity: {
      machines: {
        ...(arm64 === false ? {} : { arm64: { ...defaults.arm64, ...said(arm64) } }),
        ...(amd64 === false ? {} : { amd64: { ...defaults.amd64, ...said(amd64) } }),
      },
      targetCapacityPercent: defaults.targetCapacityPercent,
      fargate,
    },
    services: { ...defaults.services, ...said(fields.services) },
    logDays: fields.logDays ?? defaults.logDays,
    features: { ...defaults.features, ...said(features), containerInsights, reservedConcurrency },
  };
}

type Said<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

/** Without fields that are present but undefined: spreading those would undo a default. */
function said<T extends object>(fields: T): Said<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Said<T>;
}

function sameNames(stages: readonly StageConfig[]): string[] {
  const seen = new Set<string>();
  return stages.flatMap(({ name }, index) => {
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    return [`stages[${index}].name: another stage is called ${name}`];
  });
}

/** Graviton families end in g, or have it after their generation: t4g, m7gd, c7gn, im4gn, x2gd. */
const GRAVITON = /^(?:[a-z]+\d+g[a-z]*|a1)\./;

/** Fargate's memory for a CPU size (ECS Developer Guide, "Task CPU and memory"). */
const SERVICE_MEMORY_MIB: Readonly<Record<number, readonly number[]>> = {
  256: [512, 1_024, 2_048],
  512: gibibytes(1, 4),
  1024: gibibytes(2, 8),
  2048: gibibytes(4, 16),
  4096: gibibytes(8, 30),
};

function gibibytes(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => (from + index) * 1_024);
}

/** Contradictions between fields, which no single field's schema can find. */
function contradictions(stage: StageConfig, at: string): string[] {
  const lines: string[] = [];
  if (stage.domain === undefined && !stage.plainHttp) {
    lines.push(
      `${at}.domain: without a domain the edge has no certificate and speaks plain HTTP; set a domain or plainHttp: true`,
    );
  }
  if (stage.domain !== undefined && stage.plainHttp) {
    lines.push(`${at}.plainHttp: a domain brings HTTPS; remove one of the two`);
  }
  if (stage.natGateways > stage.zones) {
    lines.push(`${at}.natGateways: at most one per zone, and there are ${stage.zones} zones`);
  }
  for (const [architecture, { instanceType, min, max }] of Object.entries(stage.capacity.machines)) {
    const field = `${at}.capacity.${architecture}`;
    if (GRAVITON.test(instanceType) !== (architecture === 'arm64')) {
      lines.push(`${field}.instanceType: ${instanceType} is not of this architecture`);
    }
    if (min > max) lines.push(`${field}.min: more than max (${min} > ${max})`);
  }
  if (Object.keys(stage.capacity.machines).length === 0) {
    lines.push(`${at}.capacity.arm64: the shared sizes need machines of one architecture at least`);
  }
  const memory = SERVICE_MEMORY_MIB[stage.services.cpuUnits] ?? [];
  if (!memory.includes(stage.services.memoryMiB)) {
    lines.push(
      `${at}.services.memoryMiB: Fargate has no ${stage.services.memoryMiB} MiB with ${stage.services.cpuUnits} CPU units; it has ${memory.join(', ')}`,
    );
  }
  if (new Set(stage.regions).size < stage.regions.length) lines.push(`${at}.regions: a region is listed twice`);
  return lines;
}
