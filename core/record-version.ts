/** Stored records have no `schemaVersion` yet, which is version 1; a later release of the platform may write others. */
const SCHEMA_VERSION = 1;

/** What is wrong with a record that another version of the platform has written; undefined: it is one of ours. */
export function foreignVersion(record: unknown): string | undefined {
  const version = (record as { readonly schemaVersion?: unknown } | null)?.schemaVersion ?? SCHEMA_VERSION;
  if (version === SCHEMA_VERSION) return undefined;
  return `has schema version ${String(version)}, and this platform knows ${SCHEMA_VERSION}`;
}
