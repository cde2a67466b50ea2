import type { Signer } from '../ports/signer.ts';

/** The task that a client is to be connected with. */
export interface AttachableTask {
  readonly appId: string;
  readonly dynoId: string;
  readonly attempt: number;
}

const PURPOSE = 'attach';

/** What an attached one-off shows where clients wait for it: the right to be that dyno, once. */
export function attachToken(signer: Signer, { appId, dynoId, attempt }: AttachableTask, expiresAtMs: number): string {
  return signer.sign(PURPOSE, `${appId}/${dynoId}/${attempt}`, expiresAtMs);
}

/** Undefined: forged, expired, or signed for something else. */
export function openAttachToken(signer: Signer, token: string, nowMs: number): AttachableTask | undefined {
  const [appId, dynoId, attempt] = signer.verify(PURPOSE, token, nowMs)?.split('/') ?? [];
  if (appId === undefined || dynoId === undefined) return undefined;
  return { appId, dynoId, attempt: Number(attempt) };
}
