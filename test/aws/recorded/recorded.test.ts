import path from 'node:path';
import { ALLOWED } from '../../infrastructure/permissions/allowed.ts';
import { decide } from '../../infrastructure/permissions/decide.ts';
import { Landmarks } from '../../infrastructure/permissions/landmarks.ts';
import { Recording } from './recording.ts';

/** What functions and services did in the end-to-end session, judged by the policies deployed with them. */
const DIRECTORY = process.env.EMULATOR_RECORDING ?? path.join(__dirname, '../../../.cache/aws/recording');
const recordings = Recording.in(DIRECTORY);

/** ECS and CodeBuild use these roles; the emulator implements only a part of both. */
const OF_AWS = /^(AllTaskExecution|Machine|(buildpacks|dockerfile)(arm64|amd64))$/;
/** Lambda does this in the function's name; the emulator does it internally. */
const BY_LAMBDA = /^(logs:|sqs:(ChangeMessageVisibility|DeleteMessage|GetQueue\w+|ReceiveMessage)$)/;

/** All sessions together, by role. */
function used(): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const recording of recordings) {
    for (const [{ name }, asked] of recording.asked()) {
      found.set(name, new Set([...(found.get(name) ?? []), ...asked.map(({ action }) => action)]));
    }
  }
  return found;
}

function granted(): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const { roles } of recordings) {
    for (const { name, policies } of roles.all) {
      const actions = policies.flatMap(({ Statement }) => Statement.flatMap(({ Action }) => Action));
      found.set(name, new Set([...(found.get(name) ?? []), ...actions]));
    }
  }
  return found;
}

test('every call of a role was understood', () => {
  expect(recordings.flatMap(({ calls }) => calls.flatMap(({ problem }) => problem ?? []))).toEqual([]);
});

test('nothing secret is kept of it', () => {
  const parameters = recordings.flatMap(({ calls }) => calls.map((call) => JSON.stringify(call.parameters)));
  // The owner's first token passes through bootstrap.
  expect(parameters.filter((text) => text?.includes('HRKU-'))).toEqual([]);
});

test('each function and the services did something', () => {
  expect(Object.keys(ALLOWED).filter((name) => !used().has(name) && !OF_AWS.test(name))).toEqual([]);
});

test('everything that a role has asked for is granted to it', async () => {
  const refused: string[] = [];
  for (const recording of recordings) {
    for (const [role, asked] of recording.asked()) {
      for (const one of asked) {
        if ((await decide(recording.roles, role, one)) === 'Allowed') continue;
        refused.push(`${role.name}: ${one.action} on ${one.resource} ${JSON.stringify(one.context)}`);
      }
    }
  }
  expect(refused).toEqual([]);
});

test('nothing was asked that the table of what roles need does not tell of', () => {
  const recording = recordings.find(({ roles }) =>
    Object.keys(ALLOWED).every((name) => roles.all.some((role) => role.name === name)),
  );
  if (recording === undefined) throw new Error(`no whole platform is recorded in ${DIRECTORY}`);
  const at = new Landmarks(recording.stacks, 'e2e');
  const untold = Object.entries(ALLOWED).flatMap(([role, rows]) => {
    const told = new Set(rows.map((call) => call(at).action));
    return [...(used().get(role) ?? [])].filter((action) => !told.has(action)).map((action) => `${role}: ${action}`);
  });
  expect(untold).toEqual([]);
});

afterAll(() => {
  const lines = [...granted()].map(([role, actions]) => {
    const own = [...actions].filter((action) => !BY_LAMBDA.test(action)).sort();
    const unused = own.filter((action) => !used().get(role)?.has(action));
    const told = unused.length === 0 ? '' : `; not used: ${unused.join(', ')}`;
    return `  ${role}: ${actions.size} granted, ${actions.size - own.length} of them for logs and queues, ${own.length - unused.length} used${told}`;
  });
  const calls = recordings.reduce((sum, recording) => sum + recording.calls.length, 0);
  process.stderr.write(`Actions of roles in ${calls} recorded calls:\n${lines.sort().join('\n')}\n`);
});
