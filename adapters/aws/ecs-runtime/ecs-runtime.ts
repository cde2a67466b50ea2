import { RunTaskCommand, StopTaskCommand } from '@aws-sdk/client-ecs';
import type { Clock } from '../../../core/ports/clock.ts';
import type { DynoRuntime, DynoSpec, Observations, StartResult } from '../../../core/ports/dyno-runtime.ts';
import type { Problems } from '../../../core/ports/problems.ts';
import type { SlugImage } from '../../../core/records/slug.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import { type ConfigObjectParts, ConfigObjects } from './config-objects.ts';
import { classifyError, classifyFailures, type RunTaskProblem } from './failures.ts';
import { type MachineParts, Machines } from './machines.ts';
import { observeTasks } from './observe-tasks.ts';
import { type Place, placeOf } from './place.ts';
import { ownVariables, runTaskInput } from './run-task.ts';
import { type TaskDefinitionParts, TaskDefinitions } from './task-definitions.ts';
import { factsOf, readTask, type TaskFacts } from './task-facts.ts';
import { noteTask, startedTask } from './task-records.ts';

export interface EcsRuntimeParts extends TaskDefinitionParts, ConfigObjectParts, Pick<MachineParts, 'ec2'> {
  readonly clock: Clock;
  readonly problems: Problems;
}

const refused = (reason: string, retry: boolean): StartResult => ({ ok: false, reason, retry });
/** ECS was not asked, or did not check the token. */
const unanswered = (reason: string): StartResult => ({ ok: false, reason, retry: true, unanswered: true });
/** Older than everything that ECS reports. */
const ACCEPTED: TaskFacts = { version: 0, state: 'pending', graceExpired: false };

/** Dynos as ECS tasks, one RunTask each. */
export class EcsRuntime implements DynoRuntime {
  readonly #parts: EcsRuntimeParts;
  readonly #definitions: TaskDefinitions;
  readonly #configs: ConfigObjects;
  readonly #machines: Machines;

  constructor(parts: EcsRuntimeParts) {
    this.#parts = parts;
    this.#definitions = new TaskDefinitions(parts);
    this.#configs = new ConfigObjects(parts);
    const nowMs = () => parts.clock.nowMs();
    this.#machines = new Machines({ ecs: parts.ecs, ec2: parts.ec2, cluster: parts.settings.cluster, nowMs });
  }

  async start(spec: DynoSpec): Promise<StartResult> {
    const known = await startedTask(this.#parts.store, spec);
    if (known !== undefined) return { ok: true, taskRef: known };
    const image = spec.slug.artifact;
    if (image.kind !== 'image') return refused('its slug is not an image made by a build', false);
    const place = placeOf(spec.size.name);
    if (!place.ok) return refused(place.error, false);
    const files = await this.#environmentFiles(spec);
    if (!files.ok) return unanswered(files.error);
    return this.#run(spec, image, place.value, files.value);
  }

  async #environmentFiles(spec: DynoSpec): Promise<Result<readonly string[], string>> {
    const { config, appId, dynoId } = spec;
    const failed = (reason: string) => (error: unknown) => {
      this.#parts.problems.report(reason, error);
      return err(reason);
    };
    const variables = await config.open().then(ok, failed('its config vars cannot be opened'));
    if (!variables.ok) return variables;
    const own = ownVariables(spec);
    return Promise.all([
      this.#configs.forRelease(appId, config.version, variables.value),
      ...(Object.keys(own).length === 0 ? [] : [this.#configs.forDyno(appId, dynoId, own)]),
    ]).then(ok, failed('its config vars cannot be stored for ECS'));
  }

  async #run(
    spec: DynoSpec,
    image: SlugImage,
    place: Place,
    environmentFileArns: readonly string[],
  ): Promise<StartResult> {
    const { ecs, settings, signer, clock } = this.#parts;
    let problem: RunTaskProblem;
    let cause: unknown;
    try {
      const taskDefinitionArn = await this.#definitions.arnOf(spec.appId, image, place.capacity);
      const nowMs = clock.nowMs();
      const parts = { settings, signer, nowMs, image, place, taskDefinitionArn, environmentFileArns };
      const input = runTaskInput(spec, parts);
      if (!input.ok) return refused(input.error, false);
      const { tasks = [], failures = [] } = await ecs.send(new RunTaskCommand(input.value));
      const [task] = tasks;
      if (task?.taskArn !== undefined) return await this.#accepted(spec, task.taskArn, task);
      problem = classifyFailures(failures);
    } catch (error) {
      problem = classifyError(error);
      cause = error;
    }
    if (problem.kind === 'failed') return problem.result;
    if (problem.kind === 'definition-gone') {
      await this.#definitions.forget(spec.appId, image, place.capacity);
      return unanswered('the task definition of its slug was removed');
    }
    const [taskArn] = problem.kind === 'exists' ? problem.taskArns : [];
    if (taskArn !== undefined) return this.#accepted(spec, taskArn, undefined);
    // Another attempt has another token; after a lost answer only the same token shows what happened.
    if (problem.kind === 'exists') return refused('ECS refuses to repeat its start', true);
    throw cause;
  }

  async #accepted(spec: DynoSpec, taskArn: string, answer: unknown): Promise<StartResult> {
    const { store, clock } = this.#parts;
    const { appId, dynoId, attempt, type } = spec;
    const nowMs = clock.nowMs();
    const task = readTask(answer);
    const attach = spec.attach === undefined ? {} : { attach: true as const };
    const identity = { appId, dynoId, attempt, type, taskArn, ...attach };
    await noteTask(store, identity, task === undefined ? ACCEPTED : factsOf(task, nowMs), nowMs);
    return { ok: true, taskRef: taskArn };
  }

  /**
   * ECS sends SIGTERM, and SIGKILL after the task definition's `stopTimeout`, which is Heroku's 30 seconds. It supports no
   * other grace: a process that ignores SIGTERM gets 30 seconds even with a shorter grace or none, and no more with a longer
   * one. Stopping again changes nothing.
   */
  async stop(taskRef: string, _graceSeconds: number): Promise<void> {
    if (!taskRef.startsWith('arn:')) return;
    const { ecs, settings } = this.#parts;
    try {
      await ecs.send(
        new StopTaskCommand({ cluster: settings.cluster, task: taskRef, reason: 'stopped by the dyno manager' }),
      );
    } catch (error) {
      const { name, message = '' } = Object(error) as Partial<Error>;
      const isGone = name === 'InvalidParameterException' || name === 'ClientException';
      if (!isGone || !/not found|already stopped/i.test(message)) throw error;
    }
  }

  observe(appId: string): Promise<Observations> {
    const { ecs, store, settings, clock, problems } = this.#parts;
    const nowMs = () => clock.nowMs();
    return observeTasks({ ecs, store, machines: this.#machines, cluster: settings.cluster, nowMs, problems }, appId);
  }
}
