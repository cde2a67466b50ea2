import type { Container, ContainerInspectInfo } from 'dockerode';
import { Dyno } from '../../../adapters/local/docker-runtime/host/dyno.ts';
import type { DynoDeps } from '../../../adapters/local/docker-runtime/host/dyno-deps.ts';
import { Positions } from '../../../adapters/local/docker-runtime/host/positions.ts';
import { Output } from '../../../adapters/local/dynos/host/output.ts';

test('whoever wants a container removed that is being removed waits until it is gone', async () => {
  let removals = 0;
  let finish: () => void = () => undefined;
  const container = {
    remove: () => {
      removals += 1;
      // Docker answers 409 at once to a second request.
      if (removals > 1) return Promise.reject(Object.assign(new Error('already in progress'), { statusCode: 409 }));
      return new Promise<void>((resolve) => {
        finish = resolve;
      });
    },
  } as unknown as Container;
  const gone: string[] = [];
  const deps = {
    output: new Output(() => {}),
    positions: new Positions(''),
    gone: (taskRef: string) => gone.push(taskRef),
  } as unknown as DynoDeps;
  const task = { appId: 'app', dynoId: 'dyno', attempt: 1, name: 'worker.1', type: 'worker', logged: true };
  const dyno = new Dyno({ taskRef: 'task', task, port: 5_000, attached: false }, deps, undefined);
  dyno.adopt(container, { State: { StartedAt: '2026-01-01T00:00:00Z' } } as ContainerInspectInfo);
  const first = dyno.remove();
  const second = dyno.remove();
  await new Promise((resolve) => setImmediate(resolve));
  expect(gone).toEqual([]);
  finish();
  await Promise.all([first, second]);
  expect(removals).toBe(1);
  expect(gone).not.toEqual([]);
});
