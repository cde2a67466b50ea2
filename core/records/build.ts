/** Item: `app#<id>` / `build#<uuid>`; due in queue `build` at its deadline while pending. */
export interface Build {
  readonly id: string;
  readonly appId: string;
  readonly status: 'pending' | 'succeeded' | 'failed';
  /** Why it failed, in one line. */
  readonly failure?: string;
  readonly source: { readonly blobKey: string } | { readonly url: string };
  readonly sourceChecksum?: string;
  readonly sourceVersion?: string;
  readonly sourceVersionDescription?: string;
  readonly buildpacks: readonly string[];
  readonly stackName: string;
  readonly userId: string;
  readonly userEmail: string;
  readonly outputStreamId: string;
  readonly slugId?: string;
  readonly releaseId?: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export const buildKey = (appId: string, id: string) => ({ partition: `app#${appId}`, sort: `build#${id}` });
export const BUILD_QUEUE = 'build';
