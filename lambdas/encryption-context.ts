/** KMS binds an installation's data keys to this. It is the same in every function, so that each opens the others' keys. */
export const encryptionContext = (stage: string): Readonly<Record<string, string>> => ({ 'dynoform:stage': stage });
