import type { Signer } from '../ports/signer.ts';

/** The task to which a client is connected. */
export interface AttachableTask {
  readonly appId: string;
  readonly dynoId: string;
  readonly attempt: number;
}

const PURPOSE = 'attach';

/** An attached one-off shows it where clients wait: the right to be that dyno, once. */
export function attachToken(signer: Signer, { appId, dynoId, attempt }: AttachableTask, expiresAtMs: number): string {
  return signer.sign(PURPOSE, `${appId}/${dynoId}/${attempt}`, expiresAtMs);
}

/** Undefined: forged, expired, or signed for something else. */
export function openAttachToken(signer: Signer, token: string, nowMs: number): AttachableTask | undefined {
  const [appId, dynoId, attempt] = signer.verify(PURPOSE, token, nowMs)?.split('/') ?? [];
  if (appId === undefined || dynoId === undefined) return undefined;
  return { appId, dynoId, attempt: Number(attempt) };
}
