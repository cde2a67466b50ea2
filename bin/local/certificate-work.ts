import type { CertificateParts } from '../../core/domain/certificate-parts.ts';
import { appsWithDueCertificates, stepCertificates } from '../../core/domain/certificate-step.ts';

/** Apps of one look at the queue; what is left is still due a minute later. */
const APPS_MAX = 1_000;

export interface CertificateWork {
  /** Something about this app changed, or its time has come. */
  look(appId: string): void;
  lookAtDue(): Promise<void>;
  /** Returns when nothing of it runs any more. */
  stop(): Promise<void>;
}

/** Never twice at once for one app, and never in the way of its dynos: making a key takes a while. */
export function createCertificateWork(parts: CertificateParts): CertificateWork {
  const running = new Map<string, { promise: Promise<void>; again: boolean }>();
  let stopped = false;

  const work = async (appId: string): Promise<void> => {
    do {
      const turn = running.get(appId);
      if (turn !== undefined) turn.again = false;
      await stepCertificates(parts, appId).catch((error: unknown) =>
        parts.report(appId, 'its certificates could not be looked at', error),
      );
    } while (running.get(appId)?.again === true && !stopped);
    running.delete(appId);
  };

  const look = (appId: string): void => {
    const turn = running.get(appId);
    if (turn !== undefined) turn.again = true;
    else if (!stopped) {
      const started = { promise: Promise.resolve(), again: false };
      running.set(appId, started);
      started.promise = work(appId);
    }
  };

  return {
    look,
    async lookAtDue() {
      for (const appId of await appsWithDueCertificates(parts.platform, APPS_MAX)) look(appId);
    },
    async stop() {
      stopped = true;
      await Promise.all([...running.values()].map(({ promise }) => promise));
    },
  };
}
