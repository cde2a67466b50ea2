import { setMaxListeners } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Problems } from '../../core/ports/problems.ts';

/** A web dyno that is not yet known to listen. */
export interface Probe {
  readonly appId: string;
  readonly dynoId: string;
  readonly attempt: number;
  readonly host: string;
  readonly port: number;
}

export interface ProberOptions {
  /** All dynos that boot; called once a second. */
  readonly waiting: () => Promise<readonly Probe[]>;
  /** The dyno listens: requests a pass over its app, which ends the probe. */
  readonly listens: (probe: Probe) => Promise<void>;
  readonly problems: Problems;
  /** Shorter in tests. */
  readonly everyMs?: number;
}

export interface Prober {
  close(): Promise<void>;
}

const EVERY_MS = 1_000;
/** Tries per reading of the list: a booting dyno is found up within a quarter of a second. */
const TRIES_PER_LOOK = 4;
/** A dyno in our own network answers within milliseconds, or is not up yet. */
const CONNECT_MS = 1_000;
/** As many simultaneous connections as a deploy of a large app needs, and no more than the router can spare. */
const AT_ONCE_MAX = 200;

/** A dyno is up when it accepts connections on `$PORT`, which the router can test. */
export function startProber({ waiting, listens, problems, everyMs = EVERY_MS }: ProberOptions): Prober {
  const closing = new AbortController();
  // Each connection adds a listener, and so does the pause between them.
  setMaxListeners(AT_ONCE_MAX + 1, closing.signal);
  const found = new Set<string>();
  let inTrouble = false;
  let from = 0;

  async function look(): Promise<readonly Probe[]> {
    try {
      const probes = await waiting();
      inTrouble = false;
      const keys = new Set(probes.map(keyOf));
      for (const key of found) if (!keys.has(key)) found.delete(key);
      const open = probes.filter((each) => !found.has(keyOf(each)));
      // Each time the next ones, so that dynos that never listen do not block the others.
      from = open.length > AT_ONCE_MAX ? (from + AT_ONCE_MAX) % open.length : 0;
      return [...open.slice(from), ...open.slice(0, from)].slice(0, AT_ONCE_MAX);
    } catch (error) {
      // Reported once until it is over: the control plane may be gone for hours.
      if (!inTrouble) problems.report('could not read which dynos are starting', error);
      inTrouble = true;
      return [];
    }
  }

  async function probe(one: Probe): Promise<void> {
    if (found.has(keyOf(one)) || !(await accepts(one, closing.signal))) return;
    found.add(keyOf(one));
    try {
      await listens(one);
    } catch (error) {
      found.delete(keyOf(one));
      problems.report(`dyno ${one.dynoId} is listening, but reporting it failed`, error);
    }
  }

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      const probes = await look();
      for (let left = TRIES_PER_LOOK; left > 0 && !closing.signal.aborted; left -= 1) {
        const pausing = pause(everyMs / TRIES_PER_LOOK, undefined, { signal: closing.signal }).catch(() => undefined);
        await Promise.all([pausing, ...probes.map(probe)]);
      }
    }
  }

  const running = run();
  return {
    close() {
      closing.abort();
      return running;
    },
  };
}

const keyOf = ({ dynoId, attempt }: Probe) => `${dynoId}#${attempt}`;

function accepts({ host, port }: Probe, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const finish = (accepted: boolean) => {
      signal.removeEventListener('abort', abandon);
      socket.destroy();
      resolve(accepted);
    };
    const abandon = () => finish(false);
    signal.addEventListener('abort', abandon);
    socket.setTimeout(CONNECT_MS, abandon);
    socket.once('error', abandon);
    socket.once('connect', () => finish(true));
  });
}
