import type { Signer } from '../ports/signer.ts';

/** The identity under which a dyno may write to the log: only its own. */
export interface DynoLogWriter {
  readonly appId: string;
  readonly dynoId: string;
  /** `web.1` */
  readonly name: string;
  /** Its output is copied there (release phase). */
  readonly outputStreamId?: string;
}

/** The variable of a dyno, and the field of its log records, that contains the token. */
export const DYNO_LOG_VARIABLE = 'DYNOFORM_LOG_TOKEN';

const PURPOSE = 'dyno-log';

export function dynoLogToken(signer: Signer, writer: DynoLogWriter, expiresAtMs: number): string {
  const { appId, dynoId, name, outputStreamId } = writer;
  return signer.sign(PURPOSE, JSON.stringify([appId, dynoId, name, outputStreamId]), expiresAtMs);
}

/** Undefined: forged, expired, or signed for something else. */
export function openDynoLogToken(signer: Signer, token: string, nowMs: number): DynoLogWriter | undefined {
  const payload = signer.verify(PURPOSE, token, nowMs);
  if (payload === undefined) return undefined;
  const [appId, dynoId, name, outputStreamId] = JSON.parse(payload) as [string, string, string, string | null];
  return { appId, dynoId, name, ...(outputStreamId === null ? {} : { outputStreamId }) };
}
