import type { StageFields } from './schema.ts';

export interface MachineGroup {
  readonly instanceType: string;
  readonly min: number;
  readonly max: number;
}

/** Defaults of fields that are left out. */
export interface ProfileDefaults {
  readonly zones: number;
  readonly arm64: MachineGroup;
  readonly amd64: MachineGroup;
  /** The share of the running machines that dynos may fill before another one is started. */
  readonly targetCapacityPercent: number;
  readonly services: { readonly cpuUnits: number; readonly memoryMiB: number; readonly routers: number };
  readonly logDays: NonNullable<StageFields['logDays']>;
  readonly features: {
    readonly dashboard: boolean;
    readonly ticketAlarms: boolean;
    readonly accessLogs: boolean;
    readonly flowLogs: boolean;
  };
}

export const PROFILES: Readonly<Record<StageFields['profile'], ProfileDefaults>> = {
  minimal: {
    zones: 2,
    arm64: { instanceType: 't4g.medium', min: 0, max: 4 },
    amd64: { instanceType: 't3.medium', min: 0, max: 4 },
    targetCapacityPercent: 100,
    services: { cpuUnits: 256, memoryMiB: 512, routers: 1 },
    logDays: 14,
    features: { dashboard: false, ticketAlarms: false, accessLogs: false, flowLogs: false },
  },
  resilient: {
    zones: 3,
    arm64: { instanceType: 'm7g.large', min: 3, max: 30 },
    amd64: { instanceType: 'm7i.large', min: 0, max: 30 },
    // Two of three zones hold everything: the dynos of a lost zone are placed at once, without waiting for new machines.
    targetCapacityPercent: 66,
    services: { cpuUnits: 512, memoryMiB: 1024, routers: 2 },
    logDays: 90,
    features: { dashboard: true, ticketAlarms: true, accessLogs: true, flowLogs: true },
  },
};
