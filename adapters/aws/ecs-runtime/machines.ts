import { DescribeInstancesCommand, type EC2Client } from '@aws-sdk/client-ec2';
import { DescribeContainerInstancesCommand, type ECSClient } from '@aws-sdk/client-ecs';
import { SECOND_MS } from '../../../core/time.ts';
import { batchesOf } from '../batches.ts';

export interface Machine {
  /** Private address in the VPC. */
  readonly host: string;
  readonly draining: boolean;
}

export interface MachineParts {
  readonly ecs: ECSClient;
  readonly ec2: EC2Client;
  readonly cluster: string;
  readonly nowMs: () => number;
}

/** Passes follow within seconds and must not ask anew each time: reads of ECS share 20 per second and account. */
const STATUS_MS = 30 * SECOND_MS;
const PER_CALL_MAX = 100;

interface Known {
  readonly instanceId: string;
  readonly draining: boolean;
  readonly atMs: number;
}

/** The EC2 instances that run the dynos: their addresses, which never change, and whether they are draining. */
export class Machines {
  readonly #parts: MachineParts;
  readonly #status = new Map<string, Known>();
  readonly #hosts = new Map<string, string>();

  constructor(parts: MachineParts) {
    this.#parts = parts;
  }

  /** By container instance; those that cannot be found are omitted. */
  async find(containerInstanceArns: readonly string[]): Promise<ReadonlyMap<string, Machine>> {
    const arns = [...new Set(containerInstanceArns)];
    const nowMs = this.#parts.nowMs();
    // Also when the clock was set back: otherwise an old status would stay valid for as long.
    await this.#readStatus(arns.filter((arn) => Math.abs(nowMs - (this.#status.get(arn)?.atMs ?? 0)) >= STATUS_MS));
    const known = arns.flatMap((arn) => this.#status.get(arn)?.instanceId ?? []);
    await this.#readHosts(known.filter((instanceId) => !this.#hosts.has(instanceId)));
    const machines = new Map<string, Machine>();
    for (const arn of arns) {
      const status = this.#status.get(arn);
      const host = status === undefined ? undefined : this.#hosts.get(status.instanceId);
      if (status !== undefined && host !== undefined) machines.set(arn, { host, draining: status.draining });
    }
    return machines;
  }

  async #readStatus(arns: readonly string[]): Promise<void> {
    const { ecs, cluster, nowMs } = this.#parts;
    for (const containerInstances of batchesOf(arns, PER_CALL_MAX)) {
      const answer = await ecs.send(new DescribeContainerInstancesCommand({ cluster, containerInstances }));
      for (const { containerInstanceArn, ec2InstanceId, status } of answer.containerInstances ?? []) {
        if (containerInstanceArn === undefined || ec2InstanceId === undefined) continue;
        const known = { instanceId: ec2InstanceId, draining: status === 'DRAINING', atMs: nowMs() };
        this.#status.set(containerInstanceArn, known);
      }
    }
  }

  async #readHosts(instanceIds: readonly string[]): Promise<void> {
    for (const InstanceIds of batchesOf(instanceIds, PER_CALL_MAX)) {
      const { Reservations = [] } = await this.#parts.ec2.send(new DescribeInstancesCommand({ InstanceIds }));
      for (const { InstanceId, PrivateIpAddress } of Reservations.flatMap(({ Instances = [] }) => Instances)) {
        if (InstanceId !== undefined && PrivateIpAddress !== undefined) this.#hosts.set(InstanceId, PrivateIpAddress);
      }
    }
  }
}
