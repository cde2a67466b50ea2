import type { ContainerOverride, KeyValuePair, RunTaskCommandInput } from '@aws-sdk/client-ecs';
import { attachToken } from '../../../core/dyno/attach-token.ts';
import { DYNO_LOG_VARIABLE, dynoLogToken } from '../../../core/log/dyno-log-token.ts';
import type { DynoSpec } from '../../../core/ports/dyno-runtime.ts';
import type { Signer } from '../../../core/ports/signer.ts';
import type { SlugImage } from '../../../core/records/slug.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import { DAY_MS, MINUTE_MS } from '../../../core/time.ts';
import { DYNO_PORT } from '../ports.ts';
import { packText, packVariables } from './pack-variables.ts';
import type { Place } from './place.ts';
import type { EcsRuntimeSettings } from './settings.ts';
import { DYNO_CONTAINER, LOG_CONTAINER } from './task-definition.ts';

/** ECS API reference, RunTask: all overrides of a task, including their JSON. */
const OVERRIDES_LENGTH_MAX = 8_192;
/** The longest command that leaves room for all other overrides. */
const COMMAND_LENGTH_MAX = 4_096;
/** Longer than a dyno lives: it is cycled within 28 hours, a one-off dyno after 24. */
const LOG_TOKEN_MS = 7 * DAY_MS;
/** A client stops waiting for its dyno much sooner. */
const ATTACH_TOKEN_MS = 30 * MINUTE_MS;

/** At most 64 characters. ECS starts one task per token, and repeats its answer. */
export const clientToken = ({ dynoId, attempt }: Pick<DynoSpec, 'dynoId' | 'attempt'>): string =>
  `${dynoId}-${attempt}`;

/** Identifies a dyno's task together with its group, so that an event can record a start that was not recorded. */
export const startedBy = ({ dynoId, attempt, attach }: Pick<DynoSpec, 'dynoId' | 'attempt' | 'attach'>): string =>
  `${dynoId}/${attempt}${attach === undefined ? '' : '/attach'}`;

/** The variables in a dyno's own environment file; empty for nearly all dynos. */
export function ownVariables({ environment, command }: Pick<DynoSpec, 'environment' | 'command'>) {
  return {
    // May hold values from `run --env`: like config vars, they are not for everybody who may describe tasks.
    ...(Object.keys(environment).length === 0 ? {} : packVariables('DYNO_ENVIRONMENT', environment)),
    ...(isLong(command) ? packText('DYNO_COMMAND', command) : {}),
  };
}

/** Measured as in the overrides, where quotes and line breaks are escaped. */
const isLong = (command: string): boolean => JSON.stringify(command).length > COMMAND_LENGTH_MAX;

export interface RunTaskParts {
  readonly settings: EcsRuntimeSettings;
  readonly signer: Signer;
  readonly nowMs: number;
  readonly image: SlugImage;
  readonly place: Place;
  readonly taskDefinitionArn: string;
  readonly environmentFileArns: readonly string[];
}

/** The error explains why no attempt can succeed. */
export function runTaskInput(spec: DynoSpec, parts: RunTaskParts): Result<RunTaskCommandInput, string> {
  const { settings, place, image, taskDefinitionArn } = parts;
  const where = placement(settings, place, image);
  if (!where.ok) return where;
  const dedicated = place.capacity === 'dedicated';
  const overrides = {
    containerOverrides: [dynoOverride(spec, parts), ...(dedicated ? [logOverride(spec, parts)] : [])],
    ...(dedicated ? { cpu: String(place.cpuUnits), memory: String(place.memoryMiB) } : {}),
  };
  if (JSON.stringify(overrides).length > OVERRIDES_LENGTH_MAX) {
    return err(`its settings are longer than the ${OVERRIDES_LENGTH_MAX} characters that ECS takes`);
  }
  return ok({
    cluster: settings.cluster,
    taskDefinition: taskDefinitionArn,
    count: 1,
    clientToken: clientToken(spec),
    startedBy: startedBy(spec),
    group: `app/${spec.appId}/${spec.type}`,
    enableECSManagedTags: false,
    enableExecuteCommand: false,
    overrides,
    ...where.value,
  });
}

function placement(
  { capacity }: EcsRuntimeSettings,
  place: Place,
  { architecture }: SlugImage,
): Result<Partial<RunTaskCommandInput>, string> {
  if (place.capacity === 'shared') {
    const capacityProvider = capacity.providers[architecture];
    if (capacityProvider === undefined) return err(`this installation has no machines of architecture ${architecture}`);
    return ok({
      capacityProviderStrategy: [{ capacityProvider, weight: 1 }],
      // Tasks are spread within a group, the process type. ECS has no default for tasks that belong to no service.
      placementStrategy: [
        { type: 'spread', field: 'attribute:ecs.availability-zone' },
        { type: 'binpack', field: 'memory' },
      ],
    });
  }
  const { fargate } = capacity;
  if (fargate === undefined) return err('this installation offers no dedicated dyno sizes');
  return ok({
    capacityProviderStrategy: [{ capacityProvider: 'FARGATE', weight: 1 }],
    networkConfiguration: {
      awsvpcConfiguration: {
        subnets: [...fargate.subnets],
        securityGroups: [...fargate.securityGroups],
        assignPublicIp: fargate.publicAddresses ? 'ENABLED' : 'DISABLED',
      },
    },
  });
}

function dynoOverride(spec: DynoSpec, parts: RunTaskParts): ContainerOverride {
  const { place, environmentFileArns } = parts;
  return {
    name: DYNO_CONTAINER,
    command: [isLong(spec.command) ? '' : spec.command],
    environment: Object.entries(environment(spec, parts)).map(([name, value]): KeyValuePair => ({ name, value })),
    environmentFiles: environmentFileArns.map((value) => ({ type: 's3', value })),
    ...(place.capacity === 'shared'
      ? { cpu: place.cpuUnits, memory: place.memoryLimitMiB, memoryReservation: place.memoryReservationMiB }
      : {}),
  };
}

function environment(spec: DynoSpec, parts: RunTaskParts): Record<string, string> {
  const { settings, signer, nowMs, place } = parts;
  const { attach, name, size } = spec;
  return {
    DYNO: name,
    PORT: String(DYNO_PORT),
    // In MiB; buildpacks derive worker counts and heap sizes from it.
    MEMORY_AVAILABLE: String(size.memoryMiB),
    // On shared machines the kernel would count the processes of all dynos together, because they run as one user.
    ...(place.capacity === 'dedicated' ? { DYNOFORM_PROCESS_LIMIT: String(size.processLimit) } : {}),
    ...(spec.logged && place.capacity === 'shared' ? logToken(spec, parts) : {}),
    ...(attach === undefined
      ? {}
      : {
          DYNOFORM_ATTACH_ADDRESS: settings.attachAddress,
          DYNOFORM_ATTACH_TOKEN: attachToken(signer, spec, nowMs + ATTACH_TOKEN_MS),
          ...(attach.terminal ? { DYNOFORM_TERMINAL: `${attach.columns}x${attach.rows}` } : {}),
        }),
  };
}

function logOverride(spec: DynoSpec, parts: RunTaskParts): ContainerOverride {
  const variables = spec.logged ? logToken(spec, parts) : {};
  return {
    name: LOG_CONTAINER,
    environment: Object.entries(variables).map(([name, value]): KeyValuePair => ({ name, value })),
  };
}

function logToken(spec: DynoSpec, { signer, nowMs }: RunTaskParts): Record<string, string> {
  const { appId, dynoId, name, outputStreamId } = spec;
  const writer = { appId, dynoId, name, ...(outputStreamId === undefined ? {} : { outputStreamId }) };
  return { [DYNO_LOG_VARIABLE]: dynoLogToken(signer, writer, nowMs + LOG_TOKEN_MS) };
}
