/** Segments never start with a dot: no `..`, and no access to the directories that adapters keep next to the blobs. */
const KEY = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/;
const KEY_LENGTH_MAX = 512;

/** Throws if this is no blob key. A key needs no escaping, neither in a path nor in a URL. */
export function checkBlobKey(key: string): void {
  if (key.length > KEY_LENGTH_MAX || !KEY.test(key)) throw new Error(`not a blob key: ${JSON.stringify(key)}`);
}
