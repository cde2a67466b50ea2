import type { StageConfig } from '../config/config.ts';
import { MACHINE_PRICES, PRICES, type Price } from './prices.ts';

export interface CostLine {
  readonly item: string;
  /** How the amount is calculated. */
  readonly detail: string;
  readonly dollars: number;
  readonly source: string;
}

export interface Estimate {
  readonly lines: readonly CostLine[];
  readonly dollars: number;
  /** Resources without a price in the table. */
  readonly unknown: readonly string[];
}

/** Numbers of resources that are billed by number; test/infrastructure compares them with the templates. */
export interface Counts {
  readonly addresses: number;
  readonly natGateways: number;
  readonly secrets: number;
  readonly alarms: number;
  readonly serviceTasks: number;
}

const HOURS = 730;
const SECONDS = HOURS * 3_600;
const MIB_PER_GB = 1_024;
const MACHINE_DISK_GB = 60;
/** A mapping sends five concurrent long polls of 20 seconds to an idle queue (Lambda Developer Guide, "Polling and batching streams"). */
const IDLE_POLLS = (5 * SECONDS) / 20;
/** Reads of an idle platform: the services read routes and probes about once a second each, 0.5 units a time. */
const IDLE_READ_UNITS = 2 * SECONDS * 0.5;
const TICKS = HOURS * 60;
const ESSENTIAL_ALARMS = 9;

export function counts(stage: StageConfig): Counts {
  const serviceTasks = stage.services.routers === 1 ? 1 : stage.services.routers + 1;
  const { natGateways } = stage;
  const machines = Object.values(stage.capacity.machines).reduce((sum, { min }) => sum + min, 0);
  const groups = Object.keys(stage.capacity.machines).length;
  const services = stage.services.routers === 1 ? 1 : 2;
  return {
    // The load balancer has one in each zone; without NAT gateways every task and machine has one too.
    addresses: stage.zones + (natGateways > 0 ? natGateways : serviceTasks + machines),
    natGateways,
    secrets: 2,
    // One per function but bootstrap, two throttles, table, load balancer, two per service, one per group of machines.
    alarms: ESSENTIAL_ALARMS + (stage.features.ticketAlarms ? 6 + 2 + 1 + 1 + 2 * services + groups : 0),
    serviceTasks,
  };
}

/** A month of an installation without dynos and requests. */
export function estimateIdleMonth(stage: StageConfig): Estimate {
  const { addresses, natGateways, secrets, alarms, serviceTasks } = counts(stage);
  const { cpuUnits, memoryMiB } = stage.services;
  const unknown: string[] = [];
  const lines: CostLine[] = [
    line('load balancer', PRICES.loadBalancer, HOURS, `${HOURS} hours; traffic comes on top`),
    line('public IPv4 addresses', PRICES.publicAddress, addresses * HOURS, `${addresses} × ${HOURS} hours`),
    line(
      'services: CPU',
      PRICES.fargateArmCpu,
      (serviceTasks * cpuUnits * HOURS) / 1_024,
      `${serviceTasks} × ${cpuUnits / 1_024} vCPU on Fargate, Graviton`,
    ),
    line(
      'services: memory',
      PRICES.fargateArmMemory,
      (serviceTasks * memoryMiB * HOURS) / MIB_PER_GB,
      `${serviceTasks} × ${memoryMiB} MiB`,
    ),
    ...machineLines(stage, unknown),
    ...(natGateways === 0
      ? []
      : [
          line(
            'NAT gateways',
            PRICES.natGateway,
            natGateways * HOURS,
            `${natGateways} × ${HOURS} hours; traffic comes on top`,
          ),
        ]),
    line('key', PRICES.key, 1, 'seals config vars; its requests come on top'),
    line('secrets', PRICES.secret, secrets, `${secrets}`),
    line('private DNS zone', PRICES.hostedZone, 1, 'where dynos find the services'),
    line('alarms', PRICES.alarm, alarms, `${alarms}`),
    ...(stage.features.dashboard ? [line('dashboard', PRICES.dashboard, 1, '1')] : []),
    line('nudge queue', PRICES.fifoQueue, IDLE_POLLS / 1e6, 'Lambda asks it while it is empty'),
    line('other queues', PRICES.standardQueue, (3 * IDLE_POLLS) / 1e6, '3; as above'),
    line('table: reads', PRICES.tableRead, IDLE_READ_UNITS / 1e6, 'services ask for routes and probes every second'),
    line('tick: runs', PRICES.functionRequest, TICKS / 1e6, 'once a minute'),
    line('tick: time', PRICES.functionArmTime, TICKS * 0.5 * 0.5, '0.5 seconds of 512 MB each'),
    line('logs', PRICES.logIntake, 0.1, '0.1 GB'),
    line('images', PRICES.image, 0.5, '0.5 GB'),
  ];
  return { lines, unknown, dollars: lines.reduce((sum, { dollars }) => sum + dollars, 0) };
}

function machineLines({ capacity }: StageConfig, unknown: string[]): CostLine[] {
  return Object.entries(capacity.machines).flatMap(([architecture, { instanceType, min }]) => {
    if (min === 0) return [];
    const disks = line(
      `disks of ${architecture} machines`,
      PRICES.diskGp3,
      min * MACHINE_DISK_GB,
      `${min} × ${MACHINE_DISK_GB} GB`,
    );
    const hourly = MACHINE_PRICES[instanceType];
    if (hourly === undefined) {
      unknown.push(`${min} × ${instanceType}`);
      return [disks];
    }
    return [line(`${architecture} machines`, hourly, min * HOURS, `${min} × ${instanceType}, always there`), disks];
  });
}

function line(item: string, { dollars, per, source }: Price, amount: number, detail: string): CostLine {
  return { item, detail: `${detail}; ${dollars} USD per ${per}`, dollars: dollars * amount, source };
}
