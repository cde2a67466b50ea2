/** What KMS binds the data keys of an installation to; the same in every function, or they cannot open each other's. */
export const encryptionContext = (stage: string): Readonly<Record<string, string>> => ({ 'dynoform:stage': stage });
